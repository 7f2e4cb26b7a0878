import { expect } from "vitest";
import type { JobHandle } from "../../../src/coordinator/embedded/job-record.ts";
import type { FaultRule } from "../../../src/coordinator/embedded/faults.ts";
import type { Case } from "../case.ts";
import type { World } from "../world.ts";

const build = (world: World, name: string, text: string, more = "") =>
  world.run({
    name,
    script: [`mkdir -p out; echo ${text} >out/${name}; echo ${text} >out/last${more}`],
    artifacts: ["out"],
  });

const objectOf = (world: World, job: JobHandle) =>
  `${world.coordinator.url}/object-storage/${job.id}/${job.artifacts[0]?.sha256 ?? ""}`;

/** Runs a job that depends on another, whose download meets a fault. */
async function download(
  world: World,
  first: JobHandle,
  fault: FaultRule["fault"],
  { times = 1, variables = {}, script = ["cat out/last"] } = {},
) {
  world.coordinator.faults.add({ endpoint: "download-artifacts", fault, jobId: first.id, times });
  return world.run({ script, variables, parts: { dependencies: [world.coordinator.dependencyOn(first.id)] } });
}

/** What a job gets from the jobs before it. */
export const downloads: readonly Case[] = [
  {
    title: "dependencies are unpacked in their order, before the script",
    prove: async (world) => {
      const [one, two] = await Promise.all([build(world, "one", "1"), build(world, "two", "2")]);
      const dependencies = [one, two].map(({ job }) => world.coordinator.dependencyOn(job.id));
      const { log } = await world.run({ script: ["cat out/one out/two out/last"], parts: { dependencies } });
      expect(log).toContain(`Downloading artifacts for one (${one.job.id})...\n`);
      expect(log).toMatch(/Downloading artifacts from coordinator\.\.\. ok/);
      expect(log).toContain("\n1\n2\n2\n");
    },
  },
  {
    title: "files keep their modes, times, links and names of any letters",
    prove: async (world) => {
      const script = [
        "mkdir -p out/sub; echo 'hällo' >'out/a file.txt'; printf '#!/bin/sh\\necho runs\\n' >out/sub/run; chmod 755 out/sub/run; ln -s run out/sub/link",
        "touch -d 2020-01-02T03:04:05Z 'out/a file.txt'",
      ];
      const first = await world.run({ script, artifacts: ["out"] });
      const second = await world.run({
        script: ["cat 'out/a file.txt'; out/sub/link; date -u -r 'out/a file.txt' +%FT%T"],
        parts: { dependencies: [world.coordinator.dependencyOn(first.job.id)] },
      });
      expect(second.log).toContain("\nhällo\nruns\n2020-01-02T03:04:05\n");
    },
  },
  {
    title: "a dependency without artifacts is passed over",
    job: {
      script: ["true"],
      parts: { dependencies: [{ id: 1, token: "t", name: "none", artifacts_file: { filename: "", size: 0 } }] },
    },
    observed: { absent: ["Downloading artifacts"] },
  },
  {
    title: "FF_USE_DIRECT_DOWNLOAD: a 302 or 307 leads to object storage",
    prove: async (world) => {
      const first = await build(world, "direct", "stored");
      const headers = { location: objectOf(world, first.job) };
      for (const status of [302, 307]) {
        const { log } = await download(world, first.job, { kind: "status", status, headers });
        expect(log).toContain("\nstored\n");
      }
    },
  },
  {
    title: "FF_USE_PARALLEL_ARTIFACT_TRANSFER fetches large artifacts from object storage in pieces",
    prove: async (world) => {
      const make = { script: ["head -c 35000000 /dev/urandom >large; sha256sum large"], artifacts: ["large"] };
      const first = await world.run(make);
      const fault = { kind: "status", status: 302, headers: { location: objectOf(world, first.job) } } as const;
      const variables = { FF_USE_PARALLEL_ARTIFACT_TRANSFER: "true" };
      const { log } = await download(world, first.job, fault, { variables, script: ["sha256sum large"] });
      expect(log).toContain(`\n${/[0-9a-f]{64} {2}large/.exec(first.log)?.[0]}\n`);
    },
  },
  {
    title: "object storage that is out of reach is made up for by the coordinator",
    prove: async (world) => {
      const first = await build(world, "proxied", "passed through");
      const location = `http://${new URL(world.coordinator.url).hostname}:9/x`;
      const fault = { kind: "status", status: 302, headers: { location } } as const;
      const { log } = await download(world, first.job, fault);
      expect(log).toContain("\npassed through\n");
    },
  },
  {
    title: "401, 403 and 404 are final, and fail the job before its script",
    prove: async (world) => {
      const first = await build(world, "refused", "x");
      for (const status of [401, 403, 404]) {
        const { job, log } = await download(world, first.job, { kind: "status", status }, { script: ["echo never"] });
        expect(job.state).toBe("failed");
        expect(log).toMatch(new RegExp(`downloading (?:the )?artifacts .*${status}`, "i"));
        expect(log).not.toContain("never");
      }
    },
  },
  {
    title: "any other answer is tried again",
    prove: async (world) => {
      const first = await build(world, "again", "in the end");
      const { log } = await download(world, first.job, { kind: "status", status: 400 }, { times: 2 });
      expect(log).toContain("\nin the end\n");
    },
  },
  {
    title: "ARTIFACT_DOWNLOAD_ATTEMPTS does the whole stage again",
    prove: async (world) => {
      const first = await build(world, "attempts", "at last");
      const variables = { ARTIFACT_DOWNLOAD_ATTEMPTS: "2", FF_USE_EXPONENTIAL_BACKOFF_STAGE_RETRY: "false" };
      const { log } = await download(world, first.job, { kind: "status", status: 404 }, { variables });
      expect(log).toContain("\nat last\n");
    },
  },
];
