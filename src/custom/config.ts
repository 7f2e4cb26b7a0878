import { version } from "../version.ts";
import { type DriverCall, driverState } from "./driver.ts";
import { buildsDirOf, planSession } from "./plan-session.ts";

/**
 * `config_exec`: plans the job and tells the runner where its files will be. The answer is the only thing that goes to
 * standard output.
 */
export async function answerConfig(call: DriverCall): Promise<void> {
  const state = await driverState(call.stateRoot, call.configFile);
  const { plan, entry } = await planSession(call, state, call.signal);
  const { directory, isShared } = buildsDirOf(plan, entry, call.caller.variables["CI_CONCURRENT_PROJECT_ID"] ?? "0");
  const answer = {
    driver: { name: "longshore", version },
    // As a docker executor says it: the containers have names of their own.
    hostname: call.hostname,
    builds_dir: directory,
    cache_dir: entry.cache_dir,
    builds_dir_is_shared: isShared,
    shell: "bash",
  };
  await call.write(`${JSON.stringify(answer)}\n`);
}
