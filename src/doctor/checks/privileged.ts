import { messageOf } from "../../support/errors.ts";
import { type Check, fail, pass, skip } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";
import { probeSpec } from "../job-site.ts";

/** Whether privileged containers start, where config.toml lets jobs have some. */
export const privilegedCheck: Check<DoctorContext> = {
  name: "privileged",
  needs: ["network"],
  limitMs: 8_000,
  run: async (context, signal) => {
    const { docker } = context.runner;
    const forServices = docker.services_privileged ?? docker.privileged;
    const isDind = docker.daemon?.wiring === "dind";
    if (!docker.privileged && !forServices && !isDind) return skip("no container of this entry is privileged");
    const [bench, image] = await Promise.all([context.bench(), context.helperImage()]);
    const spec = probeSpec(bench, context.runner, image, "privileged");
    try {
      await bench.container(
        { ...spec, host: { ...spec.host, privileged: true } },
        { kind: "mode", mode: "none" },
        signal,
      );
      return pass("privileged containers start");
    } catch (error) {
      signal.throwIfAborted();
      const key = isDind ? '`wiring = "socket"` or "tcp"' : "`privileged = false` and `services_privileged = false`";
      const runtime = docker.runtime === "" ? "" : `, or another \`runtime\` than "${docker.runtime}"`;
      return fail(
        `privileged containers don't start: ${messageOf(error)}`,
        `set ${key} in config.toml${runtime}; or let the daemon run as root outside of user namespaces and containers`,
      );
    }
  },
};
