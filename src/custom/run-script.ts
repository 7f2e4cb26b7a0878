import { randomBytes } from "node:crypto";
import { BuildContainer } from "../executor/build-container.ts";
import type { MarkedScript } from "../executor/build-container-options.ts";
import { StageFailure } from "../executor/stage-failure.ts";
import type { JobPlan } from "../job/plan.ts";
import { isolated } from "../script/isolate.ts";
import { beginLine, endLine } from "../script/script-marks.ts";
import { SpanRecorder } from "../spans/recorder.ts";
import type { OutputTail } from "../trace/output-tail.ts";
import type { DriverCall } from "./driver.ts";
import { OutputTrace } from "./output-trace.ts";
import { engineOf } from "./job-engine.ts";
import type { Session } from "./session.ts";

/**
 * A stage in the build container: a run of it that gets the runner's script on its standard input.
 *
 * @param output takes down what the script prints
 * @throws StageFailure when it fails, and what else becomes of it
 */
export async function runScript(
  call: DriverCall,
  session: Session,
  plan: JobPlan,
  script: string,
  output: OutputTail,
): Promise<void> {
  const { facts } = session;
  const { clock } = call;
  const now = clock.monotonic();
  const build = new BuildContainer({
    engine: await engineOf(facts),
    id: facts.build,
    image: plan.build.image,
    trace: new OutputTrace(call.write, output),
    clock,
    spans: new SpanRecorder(() => clock.monotonic(), { askedAt: now, receivedAt: now }, "script"),
    startsShell: facts.startsShell,
    nativeStop: plan.nativeStop,
    // What the job has made there by an earlier call is gone with it.
    remake: null,
    record: async () => {},
    recordTaken: async () => {},
  });
  // What runs of earlier calls have printed is in the log; one that was killed with its call may still go on.
  if (facts.runs > 0) await build.leaveBehind(call.signal);
  await session.update({ runs: facts.runs + 1 });
  output.begin();
  const { exitCode, oomKilled } = await build.run(marked(script), call.signal);
  output.end();
  if (exitCode !== 0) throw new StageFailure("script-failed", `exit code ${exitCode}`, { exitCode, oomKilled });
  output.succeeded = true;
}

/** The script, and the two marks by which it is known that its shell has it whole, and that it is over. */
function marked(script: string): MarkedScript {
  const mark = { id: randomBytes(8).toString("hex") };
  return { mark, text: `${endLine(mark)}\n${isolated(`${beginLine(mark)}\n${script}`)}` };
}
