import type { EngineFacts } from "../../docker/engine.ts";
import { isOlder } from "../../job/api-version.ts";
import { type Check, fail, type Outcome, pass } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";

/** Docker 20.10: what Longshore asks of a daemon, such as a container's platform, is there from it on. */
const oldestApi = "1.41";

/** Which API daemon and agent speak with each other. */
export const apiCheck: Check<DoctorContext> = {
  name: "api",
  needs: ["daemon"],
  limitMs: 5_000,
  run: async (context) => judgeApi((await context.daemon()).facts),
};

export function judgeApi({
  apiVersion,
  minApiVersion,
  serverVersion,
}: Pick<EngineFacts, "apiVersion" | "minApiVersion" | "serverVersion">): Outcome {
  if (isOlder(apiVersion, oldestApi))
    return fail(
      `the daemon (Docker ${serverVersion}) speaks API ${apiVersion} at most, and ${oldestApi} is needed`,
      "install Docker 20.10 or later where the daemon runs",
    );
  const oldest = minApiVersion === "" ? "" : `; jobs' clients may speak ${minApiVersion} to ${apiVersion}`;
  return pass(`API ${apiVersion} is spoken${oldest}`);
}
