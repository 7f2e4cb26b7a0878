import type { Engine } from "../docker/engine.ts";
import type { RunBeginning } from "../journal/events.ts";
import type { ScriptMark } from "../script/script-marks.ts";
import type { SpanRecorder } from "../spans/recorder.ts";
import type { Clock } from "../support/clock.ts";
import type { Trace } from "../trace/trace.ts";

export interface ScriptResult {
  readonly exitCode: number;
  readonly oomKilled: boolean;
}

export interface BuildContainerOptions {
  readonly engine: Engine;
  readonly id: string;
  /** Its name, for messages. */
  readonly image: string;
  readonly trace: Trace;
  readonly clock: Clock;
  readonly spans: Pick<SpanRecorder, "run">;
  /** True when its main process is the shell, and no entrypoint stands before it. */
  readonly startsShell: boolean;
  /** FF_USE_NATIVE_CONTAINER_STOP: see `terminateRun`. */
  readonly nativeStop: boolean;
  /** Writes down how a run begins, before its script is given to the container. */
  readonly record: (container: string, beginning: RunBeginning) => Promise<void>;
  /** Writes down that the shell has begun with it. */
  readonly recordTaken: (container: string) => Promise<void>;
  /** Makes a container in place of one that was removed, and gives its id; null: that can't be done. */
  readonly remake: ((signal: AbortSignal) => Promise<string>) | null;
}

/** A script that says of itself that it has begun, and that it is over. */
export interface MarkedScript {
  readonly text: string;
  readonly mark: ScriptMark;
}
