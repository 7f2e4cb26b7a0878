import { writeFile } from "node:fs/promises";
import { judge } from "../executor/judge.ts";
import { closingReport } from "../explain/report.ts";
import { ansi } from "../trace/ansi.ts";
import type { DriverCall } from "./driver.ts";
import { findingsOf } from "./findings.ts";
import type { CallScene } from "./scene.ts";

/**
 * Says why a call failed, writes down a script's exit code where the runner takes it from, and returns the code that the
 * call ends with: what a retry may mend is a failure of the system's.
 *
 * @param say one line of the job's log
 */
export async function answerFailure(
  call: DriverCall,
  { session, plan, output }: CallScene,
  error: unknown,
  say: (line: string) => Promise<void>,
): Promise<number> {
  const { caller } = call;
  // The runner knows why it ended the call.
  if (call.signal.aborted) return caller.systemFailure;
  const outcome = judge(error);
  if (outcome.state === "success") return 0;
  const isScript = outcome.reason === "script_failure";
  // Of after_script nothing is explained: it is seldom why a job fails.
  const explains = session !== null && (!isScript || output !== null);
  const lines = explains
    ? await findingsOf(call, session.facts, plan, { outcome, error, ...(output === null ? {} : { output }) })
    : closingReport(outcome.hint, []);
  for (const line of lines) await say(line);
  // Of a script the runner itself says the exit code.
  if (!isScript) await say(`${ansi.boldRed}ERROR: ${outcome.message}${ansi.reset}`);
  if (isScript && outcome.exitCode !== 0 && caller.exitCodeFile !== "")
    await writeFile(caller.exitCodeFile, `${outcome.exitCode}\n`);
  return outcome.reason === "runner_system_failure" ? caller.systemFailure : caller.buildFailure;
}
