import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { planJob } from "../../../src/job/plan-job.ts";
import type { PlanInput } from "../../../src/job/plan-input.ts";
import { storeLabel, storeVolume, withStore } from "../../../src/job/plan-storage.ts";
import type { StoragePlan } from "../../../src/job/storage-plan.ts";
import { readCase } from "./plan-case.ts";

let input: PlanInput;
beforeAll(async () => {
  input = await readCase(join(import.meta.dirname, "plans/wiring-dind-leased"));
});

const storageOf = (changed: Partial<PlanInput>): StoragePlan =>
  planJob({ ...input, ...changed }).storage as StoragePlan;
const withGit = (git: object) => ({ payload: { ...input.payload, git_info: { ...input.payload.git_info, ...git } } });

describe("which layer stores a job may get", () => {
  it.each<[string, () => Partial<PlanInput>]>([
    [
      "another project",
      () => ({ payload: { ...input.payload, job_info: { ...input.payload.job_info, project_id: 43 } } }),
    ],
    ["a protected ref", () => withGit({ protected: true })],
    ["another runner entry", () => ({ runner: { ...input.runner, token: `${input.runner.token}x` } })],
    ["another agent on the daemon", () => ({ agent: { ...input.agent, agentId: "agent-2" } })],
    ["another system id", () => ({ agent: { ...input.agent, systemId: "s_other" } })],
    [
      "another image of the daemon",
      () => ({ wiring: { ...input.wiring, image: "docker:29-dind" } as PlanInput["wiring"] }),
    ],
  ])("are others for %s", (_, changed) => {
    expect(storageOf(changed()).volumeBase).not.toBe(storageOf({}).volumeBase);
  });

  it.each<[string, () => Partial<PlanInput>]>([
    ["slot", () => ({ slot: { runner: 7, project: 9 } })],
    ["start of the agent", () => ({ agent: { ...input.agent, bootId: "boot-2" }, suffix: "ffffffff" })],
    ["job and ref", () => ({ payload: { ...input.payload, ...withGit({ ref: "other" }).payload, id: 4712 } })],
    [
      "word of the job's author on protection",
      () => {
        const sent = { key: "CI_COMMIT_REF_PROTECTED", public: true, masked: false, file: false, raw: false };
        const variables = [...input.payload.variables, { ...sent, value: "false" }, { ...sent, value: "true" }];
        return { payload: { ...input.payload, variables } };
      },
    ],
  ])("are the same for every %s", (_, changed) => {
    expect(storageOf(changed()).volumeBase).toBe(storageOf({}).volumeBase);
  });

  it("have bounds in bytes and milliseconds, none of them for 0", () => {
    expect(storageOf({})).toMatchObject({ maxBytes: 1.5 * 1024 ** 3, maxAgeMs: 36 * 3_600_000 });
    const lease = { maxSize: "0", maxAgeMs: 0 };
    expect(storageOf({ wiring: { ...input.wiring, lease } as PlanInput["wiring"] })).toMatchObject({
      maxBytes: 0,
      maxAgeMs: 0,
    });
  });
});

it("a leased volume is kept, and says which making of it it is", () => {
  const storage = storageOf({});
  const volume = storeVolume(storage, "v-0", "owner.id");
  expect(volume).toMatchObject({ name: "v-0", temporary: false });
  expect(volume.labels).toMatchObject({ [storeLabel]: "owner.id", "com.gitlab.gitlab-runner.reusable": "true" });
});

it("only the daemon's container gets the volume, in the place of what the admin may have mounted there", () => {
  const plan = planJob(input);
  const storage = plan.storage as StoragePlan;
  const daemon = plan.services.find(({ index }) => index === storage.service)?.container;
  if (daemon === undefined) throw new Error("there is no daemon");
  const mounted = withStore({ ...daemon, binds: [...daemon.binds, "/data:/var/lib/docker"] }, storage, "v-0");
  expect(mounted.binds).toEqual([...daemon.binds, "v-0:/var/lib/docker"]);
  expect([plan.build, plan.helper].flatMap(({ binds }) => binds).join()).not.toContain("/var/lib/docker");
});
