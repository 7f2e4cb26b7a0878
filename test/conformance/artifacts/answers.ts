import { expect } from "vitest";
import type { Fault } from "../../../src/coordinator/embedded/faults.ts";
import type { Case } from "../case.ts";
import type { World } from "../world.ts";
import { withArtifacts } from "./archive.ts";

/** Runs a job whose upload meets a fault. */
async function upload(
  world: World,
  faultFor: (jobId: number) => Fault,
  { times = 1, script = ["touch file"], paths = ["file"] } = {},
) {
  const handle = await world.start(withArtifacts(script, { paths, when: "always" }));
  world.coordinator.faults.add({ endpoint: "upload-artifacts", fault: faultFor(handle.id), jobId: handle.id, times });
  return world.ended(handle);
}

const unlimited = "before version 18.10 it has no such limit";

const status = (code: number) => (): Fault => ({ kind: "status", status: code });

/** Each that fails has a line. */
const triesOf = (log: string) => log.match(/uploading artifacts as "archive"/gi)?.length;

/** What the coordinator may say to an upload. */
export const answers: readonly Case[] = [
  {
    title: "413 is final: the log names the ten largest files, and whose limit it is",
    differs: "GitLab Runner names no files",
    prove: async (world) => {
      const script = ['for n in $(seq 12); do head -c "${n}0000" /dev/zero >"file $n"; done'];
      const { job, log } = await upload(world, status(413), { script, paths: ["file*"] });
      expect([job.state, job.artifacts]).toEqual(["failed", []]);
      expect(log).toMatch(/The 10 largest files of it:\n +118 KiB {2}file 12\n +108 KiB {2}file 11\n/);
      expect(log).toMatch(/ +30 KiB {2}file 3\n(?!.*KiB {2}file 2$)/m);
      expect(log).toMatch(/What to do: make the artifacts smaller .*raise its limit/);
      expect(log).not.toContain("retrying");
    },
  },
  {
    title: "403 is final",
    prove: async (world) => {
      const { job, log } = await upload(world, status(403));
      expect(job.state).toBe("failed");
      expect(log).toContain("403 Forbidden");
      expect(triesOf(log)).toBe(1);
    },
  },
  {
    title: "503 is tried again",
    prove: async (world) => {
      const { job } = await upload(world, status(503), { times: 5 });
      expect([job.state, job.artifacts.length]).toEqual(["success", 1]);
    },
  },
  {
    title: "any other answer is tried again, three times in all",
    prove: async (world) => {
      const { job, log } = await upload(world, status(405), { times: 3 });
      expect([job.state, job.artifacts.length]).toEqual(["failed", 0]);
      expect(log).toMatch(/uploading artifacts as "archive".* 405/i);
      expect(triesOf(log)).toBe(3);
    },
  },
  {
    title: "307 sends the upload to where its Location says",
    prove: async (world) => {
      const location = (id: number) => `${world.coordinator.url}/api/v4/jobs/${id}/artifacts?signed=yes`;
      const { job } = await upload(world, (id) => ({
        kind: "status",
        status: 307,
        headers: { location: location(id) },
      }));
      expect([job.state, job.artifacts.length]).toEqual(["success", 1]);
    },
  },
  {
    title: "an upload whose connection breaks is done again from the beginning",
    prove: async (world) => {
      const script = ["head -c 20971520 /dev/urandom >file; sha256sum file"];
      const first = await upload(world, () => ({ kind: "reset", when: "mid-body" }), { script });
      const dependencies = [world.coordinator.dependencyOn(first.job.id)];
      const second = await world.run({ script: ["sha256sum file"], parts: { dependencies } });
      expect(second.log).toContain(`\n${/[0-9a-f]{64} {2}file/.exec(first.log)?.[0]}\n`);
    },
  },
  {
    title: "an upload that fails leaves the failure of the script the job's own",
    prove: async (world) => {
      const { job, log } = await upload(world, status(403), { script: ["touch file; exit 4"] });
      expect([job.state, job.exitCode, job.failureReason]).toEqual(["failed", 4, "script_failure"]);
      expect(log).toContain("Uploading artifacts for failed job\n");
    },
  },
  {
    title: "[runners.artifact] response_header_timeout ends the wait for an answer",
    differs: unlimited,
    config: { settings: 'artifact = { response_header_timeout = "1s" }' },
    prove: async (world) => {
      const { job, log } = await upload(world, () => ({ kind: "hang" }));
      expect([job.state, job.artifacts.length]).toEqual(["success", 1]);
      expect(log).toMatch(/Uploading artifacts as "archive" to coordinator\.\.\. retrying: /);
    },
  },
  {
    title: "[runners.artifact] upload_timeout ends a try",
    differs: unlimited,
    config: { settings: 'artifact = { upload_timeout = "1s" }' },
    prove: async (world) => {
      const { job, log } = await upload(world, () => ({ kind: "hang" }));
      expect([job.state, job.artifacts.length]).toEqual(["success", 1]);
      expect(log).toMatch(/Uploading artifacts as "archive" to coordinator\.\.\. retrying: /);
    },
  },
];
