import type { RecordedFailure } from "../journal/events.ts";
import { isInterrupted, type RecordedStage } from "../journal/job-record.ts";
import type { EndCause } from "../job/end-cause.ts";
import { stageHeading, type StageName } from "../job/stages.ts";
import { timeoutWarning } from "../job/timeout-warning.ts";
import type { Span } from "../spans/open-span.ts";
import type { SpanRecorder } from "../spans/recorder.ts";
import type { Clock } from "../support/clock.ts";
import { messageOf } from "../support/errors.ts";
import type { JobContext } from "./job-context.ts";
import { JobEnd } from "./job-end.ts";
import type { JobLog } from "./job-log.ts";
import { markExit } from "./job-spans.ts";
import { StageFailure } from "./stage-failure.ts";

/** Limits that cut whatever stage is on; those of the scripts are told of where they are known. */
const endOfTime: readonly EndCause[] = ["job-timeout", "prepare-timeout", "get-sources-timeout"];

/**
 * Runs the stages of a job: section, heading, journal, and a span each. Stages that an earlier run of the agent has
 * ended give what they gave then; the one in whose midst it died goes on, where it can, or is done once more.
 *
 * @param past in their order, of the job's journal; none for a new job
 */
export function stageRunner(
  { trace, journal }: Pick<JobLog, "trace" | "journal">,
  spans: SpanRecorder,
  clock: Pick<Clock, "now">,
  past: readonly RecordedStage[],
): JobContext["stage"] {
  let behind = [...past];
  const passed = (count: number) => {
    behind = behind.slice(count);
    trace.isRepeating = behind.length > 0;
  };
  passed(0);

  const recorded = async <T>(name: StageName, isScript: boolean, body: () => Promise<T>): Promise<T> => {
    try {
      const value = await body();
      const result = resultOf(value);
      await journal.append({ type: "stageEnded", name, exitCode: exitCodeOf(result), result });
      return value;
    } catch (error) {
      const failure = recordOf(error) ?? (isScript ? recordOf(asStageFailure(error)) : null);
      if (error instanceof JobEnd && endOfTime.includes(error.kind))
        await trace.warning(timeoutWarning(name)).catch(() => {});
      // What it failed with counts more than that it can't be written down.
      if (failure !== null) await journal.append({ type: "stageFailed", name, failure }).catch(() => {});
      throw error;
    }
  };
  const begin = <T>(name: StageName, isScript: boolean, body: (span: Span) => Promise<T>, span: Span): Promise<T> =>
    trace.section(name, async () => {
      await trace.heading(stageHeading(name));
      await journal.append({ type: "stageStarted", name, at: clock.now() });
      return recorded(name, isScript, () => body(span));
    });

  return <T>(
    name: StageName,
    body: (span: Span) => Promise<T>,
    goOn?: (interrupted: RecordedStage) => Promise<T>,
  ): Promise<T> => {
    const earlier = behind[0]?.name === name ? behind[0] : null;
    if (earlier === null && behind.some((stage) => stage.name === name)) return Promise.reject(strayed(name));
    // A stage of another name: from here on it is another way.
    passed(earlier === null ? behind.length : 1);
    if (earlier !== null && !isInterrupted(earlier)) return repeat(earlier);
    return spans.phase(name, async (span) => {
      let result: T;
      const isScript = goOn !== undefined;
      if (earlier === null) result = await begin(name, isScript, body, span);
      else if (isScript) result = await trace.openSection(name, () => recorded(name, true, () => goOn(earlier)));
      else {
        await trace.openSection(name, async () => {});
        await trace.warning("The runner was started anew while this was under way: it is done once more");
        result = await begin(name, false, body, span);
      }
      markExit(span, result);
      return result;
    });
  };
}

/** A script must not run again for a journal that doesn't fit. */
function strayed(name: StageName): StageFailure {
  return new StageFailure("container-fault", `what the runner had written down about ${name} does not fit the job`);
}

/** Of a script: whatever it failed with, it must not run again. The end of the whole job is something else. */
function asStageFailure(error: unknown): unknown {
  return error instanceof JobEnd ? error : new StageFailure("container-fault", messageOf(error));
}

async function repeat<T>({ failure, result }: RecordedStage): Promise<T> {
  if (failure === null) return result as T;
  if (failure.kind === "end") throw new JobEnd(failure.cause, failure.message);
  throw new StageFailure(failure.situation, failure.message, failure);
}

/** null for what doesn't end a stage in the same way whenever it is told: the stage is done once more then. */
function recordOf(error: unknown): RecordedFailure | null {
  if (error instanceof JobEnd) {
    const isOfScript = error.kind === "canceled" || error.kind === "script-timeout";
    return isOfScript ? { kind: "end", cause: error.kind, message: error.message } : null;
  }
  if (!(error instanceof StageFailure)) return null;
  const { situation, message, exitCode, oomKilled, hint } = error;
  return { kind: "stage", situation, message, exitCode, oomKilled, hint };
}

/** An exit code, or what is known of the end of a script; what else a stage gives is made anew and not repeated. */
function resultOf(value: unknown): unknown {
  return typeof value === "number" || (typeof value === "object" && value !== null && "exitCode" in value)
    ? value
    : null;
}

function exitCodeOf(result: unknown): number {
  const code = typeof result === "object" && result !== null && "exitCode" in result ? result.exitCode : result;
  return typeof code === "number" ? code : 0;
}
