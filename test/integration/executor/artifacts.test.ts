import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openPromise } from "yauzl";
import type { JobHandle, JobParts } from "../../../src/coordinator/embedded/job-record.ts";
import { images } from "../../support/engine.ts";
import { sharedAgent } from "../../support/shared-agent.ts";

const { agent, coordinator } = sharedAgent({ concurrent: 3 });

type Artifact = NonNullable<JobParts["artifacts"]>[number];

const archive = (artifact: Artifact): Artifact => ({
  name: "artifacts",
  artifact_type: "archive",
  artifact_format: "zip",
  ...artifact,
});
const withArtifacts = (...artifacts: Artifact[]) => ({ parts: { artifacts: artifacts.map(archive) } });

async function namesIn(job: JobHandle): Promise<string[]> {
  const zip = await openPromise(job.artifacts.find(({ type }) => type === "archive")?.path ?? "");
  const names: string[] = [];
  for await (const entry of zip.eachEntry()) names.push(entry.fileName);
  return names.filter((name) => !name.endsWith("/")).toSorted();
}

describe.concurrent("artifacts", () => {
  it("go up as a zip archive and come down in the job that depends on them, as they were", async () => {
    const script = [
      "mkdir -p out/sub; echo 'hällo' >'out/a file.txt'; printf '#!/bin/sh\\necho runs\\n' >out/sub/run; chmod 755 out/sub/run; ln -s run out/sub/link",
    ];
    const { job: first } = await agent().run({ name: "build", script, artifacts: ["out"] });
    expect(first.artifacts).toMatchObject([{ type: "archive", filename: "artifacts.zip" }]);
    const second = await agent().run({
      script: ["cat 'out/a file.txt'", "out/sub/link", "readlink out/sub/link"],
      parts: { dependencies: [coordinator().dependencyOn(first.id)] },
    });
    expect(second.job.state).toBe("success");
    expect(second.log).toContain(`Downloading artifacts for build (${first.id})...`);
    expect(second.log).toContain("$ cat 'out/a file.txt'\nhällo\n$ out/sub/link\nruns\n$ readlink out/sub/link\nrun\n");
  });

  it("are chosen by patterns, but for what artifacts:exclude names", async () => {
    const script = ["mkdir -p a/b node_modules; touch a/1.txt a/b/2.txt a/b/3.log top.txt node_modules/x.txt"];
    const { job } = await agent().run({
      script,
      ...withArtifacts({ paths: ["**/*.txt", "a/b/"], exclude: ["node_modules/**/*", "a/b/2.txt"] }),
    });
    expect(await namesIn(job)).toEqual(["a/1.txt", "a/b/3.log", "top.txt"]);
  });

  it("of a job that fails go up when they are wanted then", async () => {
    const file = { paths: ["file"] };
    const script = ["touch file; exit 4"];
    const [onSuccess, onFailure, always] = await Promise.all([
      agent().run({ script, ...withArtifacts(file) }),
      agent().run({ script, ...withArtifacts({ ...file, when: "on_failure" }) }),
      agent().run({ script, ...withArtifacts({ ...file, when: "always" }) }),
    ]);
    expect([onSuccess, onFailure, always].map(({ job }) => [job.artifacts.length, job.exitCode])).toEqual([
      [0, 4],
      [1, 4],
      [1, 4],
    ]);
    expect(onFailure.log).toContain("Uploading artifacts for failed job\n");
  });

  it("that are reports go up gzipped", async () => {
    const report = { name: "", paths: ["junit.xml"], artifact_type: "junit", artifact_format: "gzip", when: "always" };
    const { job } = await agent().run({
      script: ["echo '<testsuites/>' >junit.xml; touch other"],
      ...withArtifacts(report, { paths: ["other"] }),
    });
    expect(job.artifacts.map(({ type, filename }) => `${type} ${filename}`).toSorted()).toEqual([
      "archive artifacts.zip",
      "junit artifacts.gz",
    ]);
    const { path } = job.artifacts.find(({ type }) => type === "junit") as { path: string };
    expect(gunzipSync(await readFile(path)).toString()).toBe("<testsuites/>\n");
  });

  it("that are missing are said to be, and the job succeeds", async () => {
    const { job, log } = await agent().run({ script: ["true"], artifacts: ["nowhere", "no/*.txt"] });
    expect(job.state).toBe("success");
    expect(log).toMatch(/nowhere: no matching files/);
    expect(log).toContain("ERROR: No files to upload\n");
  });

  it("that are too large for the coordinator fail the job, and the log says whose limit it is", async () => {
    const job = await agent().start({ script: ["touch file"], artifacts: ["file"] });
    coordinator().faults.add({ endpoint: "upload-artifacts", fault: { kind: "status", status: 413 }, jobId: job.id });
    const { log } = await agent().ended(job);
    expect(job.state).toBe("failed");
    expect(log).toMatch(/uploading artifacts as "archive" failed: .*413/);
    expect(log).toMatch(/What to do: make the artifacts smaller .*raise its limit/);
  });

  it("of 20 MiB arrive whole, also after a failed try", async () => {
    const script = ["head -c 20971520 /dev/urandom >random; sha256sum random"];
    const first = await agent().start({ script, artifacts: ["random"] });
    coordinator().faults.add({
      endpoint: "upload-artifacts",
      fault: { kind: "reset", when: "mid-body" },
      jobId: first.id,
    });
    const { log } = await agent().ended(first);
    const sum = /[0-9a-f]{64} {2}random/.exec(log)?.[0] ?? "";
    const second = await agent().run({
      script: ["sha256sum random"],
      parts: { dependencies: [coordinator().dependencyOn(first.id)] },
    });
    expect(second.log).toContain(`\n${sum}\n`);
  });

  it("belong to whoever the image's user is", async () => {
    const { job: first } = await agent().run({
      image: images.nonroot,
      script: ["mkdir out; echo 1 >out/file"],
      artifacts: ["out"],
    });
    const second = await agent().run({
      image: images.nonroot,
      script: ["cat out/file", "touch out/new"],
      parts: { dependencies: [coordinator().dependencyOn(first.id)] },
    });
    expect(second.job.state).toBe("success");
  });

  it("that can't be had fail the job before its script", async () => {
    const { job: first } = await agent().run({ name: "build", script: ["touch file"], artifacts: ["file"] });
    const second = await agent().start({
      script: ["echo never"],
      parts: { dependencies: [coordinator().dependencyOn(first.id)] },
    });
    coordinator().faults.add({
      endpoint: "download-artifacts",
      fault: { kind: "status", status: 404 },
      jobId: first.id,
    });
    const { log } = await agent().ended(second);
    expect(second.state).toBe("failed");
    expect(log).toMatch(/downloading the artifacts of build failed: .*404/);
    expect(log).toContain("What to do: they may have expired");
    expect(log).not.toContain("never");
  });
});
