import { describe, expect, it } from "vitest";
import type { Daemon } from "../../../src/daemon/daemons.ts";
import { gatherEvidence } from "../../../src/executor/evidence.ts";
import { planJob } from "../../../src/job/plan-job.ts";
import { readCase } from "../job/plan-case.ts";

const plan = planJob(await readCase(`${import.meta.dirname}/../job/plans/wiring-dind-and-other-services`));
const failure = { exitCode: 1, reason: "script_failure", message: "exit code 1" };
const context = { plan, failure, scriptEnd: null, output: ["said"], outputIsWhole: true, hide: (each: string) => each };

/** Whatever it is asked, it fails. */
function brokenDaemon(): Daemon {
  const broken = () => Promise.reject(new Error("the daemon is gone"));
  const engine = { getContainer: () => ({ inspect: broken, logs: broken }), getImage: () => ({ inspect: broken }) };
  return { engine, facts: { serverVersion: "27.0" }, uplinkMtu: null } as unknown as Daemon;
}

describe("evidence about a job", () => {
  it("is what was planned, where the daemon can't be asked any more", async () => {
    const evidence = await gatherEvidence({ ...context, daemon: brokenDaemon() });
    expect(evidence.output).toEqual(["said"]);
    expect(evidence.build).toMatchObject({ image: plan.build.image, state: null });
    expect(evidence.services).toHaveLength(plan.services.length);
    expect(evidence.services.at(-1)).toMatchObject({ isSidecar: true, isDaemon: true, state: null, log: [] });
    expect(evidence.client).toMatchObject({ wiring: "dind", host: "tcp://docker:2376", tlsVerify: "1" });
  });

  it("is little where the job failed before it was planned", async () => {
    const evidence = await gatherEvidence({ ...context, plan: null, daemon: null });
    expect(evidence).toMatchObject({ services: [], daemon: null, client: { wiring: "none" }, failure });
  });

  it("holds no secret, however long the message that it was part of", async () => {
    const secret = "hunter2-hunter2";
    const message = `${"x".repeat(1_990)} ${secret} ${"y".repeat(50_000)}`;
    const hide = (each: string) => each.replaceAll(secret, "[MASKED]");
    const image = { ...plan.build, image: `registry/${secret}` };
    const evidence = await gatherEvidence({
      ...context,
      plan: { ...plan, build: image },
      daemon: null,
      failure: { ...failure, message },
      hide,
    });
    expect(evidence.failure?.message).toHaveLength(2_000);
    expect(JSON.stringify(evidence)).not.toContain("hunter");
  });
});
