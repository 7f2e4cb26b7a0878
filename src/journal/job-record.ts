import type { JobPayload } from "../coordinator/job-payload.ts";
import type { JobUpdate } from "../coordinator/job-api.ts";
import type { JobPlan } from "../job/plan.ts";
import type { TraceCheckpoint } from "../trace/checkpoint.ts";
import type { JobTls } from "../coordinator/job-request.ts";
import type { ContainerRole, JobOpened, JournalEvent, RecordedFailure, RunBeginning } from "./events.ts";

export interface RecordedStage {
  readonly name: string;
  /** Milliseconds since the epoch; 0 when it isn't on record. */
  readonly startedAt: number;
  /** null: the agent ended before the stage did, or it failed without one. */
  readonly exitCode: number | null;
  /** What it gave, as JSON; null when it gave nothing. */
  readonly result: unknown;
  /** null: it has not ended, or it has a result. */
  readonly failure: RecordedFailure | null;
  /** Of a script that its container was to get; null when it hadn't come to that. */
  readonly run: RunBeginning | null;
  /** True when that script is known to have begun. */
  readonly isTaken: boolean;
}

/** All that a journal says about its job: the events folded into a state. */
export interface JobRecord {
  readonly opened: JobOpened;
  readonly payload: JobPayload;
  readonly plan: JobPlan | null;
  /** What came with the job beside its payload. */
  readonly received: ReceivedBeside;
  readonly containers: readonly { readonly id: string; readonly name: string; readonly role: ContainerRole }[];
  readonly networks: readonly { readonly id: string; readonly name: string }[];
  readonly volumes: readonly string[];
  /** Volumes that outlive the job and were its own while it ran. */
  readonly leased: readonly string[];
  readonly stages: readonly RecordedStage[];
  /** Positions of the plan's artifacts that the coordinator has. */
  readonly uploaded: readonly number[];
  /** Secrets that the job's output has named, or the agent learned on the way. */
  readonly masks: readonly string[];
  /** Later starts of the agent that took the job up: their `StateDirectory.boot`. */
  readonly laterBoots: readonly string[];
  /** How many of them ended before a stage did. */
  readonly vainResumes: number;
  readonly checkpoint: TraceCheckpoint | null;
  readonly acknowledged: number;
  readonly outcome: Omit<JobUpdate, "output"> | null;
  readonly finalAcknowledged: boolean;
}

/** What only the answer knew in which the job was handed out. */
export interface ReceivedBeside {
  readonly tls: JobTls;
  readonly correlationId: string;
}

export type FoldedEvents = Omit<JobRecord, "opened" | "payload" | "plan" | "received" | "checkpoint">;

export function foldEvents(events: readonly JournalEvent[]): FoldedEvents {
  return events.reduce<FoldedEvents>(apply, {
    containers: [],
    networks: [],
    volumes: [],
    leased: [],
    stages: [],
    uploaded: [],
    masks: [],
    laterBoots: [],
    vainResumes: 0,
    acknowledged: 0,
    outcome: null,
    finalAcknowledged: false,
  });
}

function apply(state: FoldedEvents, event: JournalEvent): FoldedEvents {
  switch (event.type) {
    case "containerCreated":
      return { ...state, containers: [...state.containers, { id: event.id, name: event.name, role: event.role }] };
    case "networkCreated":
      return { ...state, networks: [...state.networks, { id: event.id, name: event.name }] };
    case "volumeCreated":
      return { ...state, volumes: [...state.volumes, event.name] };
    case "volumeLeased":
      return { ...state, leased: [...state.leased, event.name] };
    case "stageStarted":
      return { ...state, stages: [...endedStages(state.stages, event.name), newStage(event.name, event.at ?? 0)] };
    case "stageEnded": {
      const { name, exitCode, result = exitCode } = event;
      return { ...state, vainResumes: 0, stages: changeStage(state.stages, name, { exitCode, result }) };
    }
    case "stageFailed": {
      const { name, failure } = event;
      return { ...state, vainResumes: 0, stages: changeStage(state.stages, name, { failure }) };
    }
    case "runBegun": {
      const { trace, log, mark } = event;
      const name = state.stages.at(-1)?.name ?? "";
      return { ...state, stages: changeStage(state.stages, name, { run: { trace, log, mark } }) };
    }
    case "runTaken":
      return { ...state, stages: changeStage(state.stages, state.stages.at(-1)?.name ?? "", { isTaken: true }) };
    case "artifactUploaded":
      return { ...state, uploaded: [...state.uploaded, event.index] };
    case "masksAdded":
      return { ...state, masks: [...state.masks, ...event.values] };
    case "resumed":
      return {
        ...state,
        laterBoots: [...state.laterBoots, event.boot],
        vainResumes: state.vainResumes + 1,
        stages: event.anew ? [] : state.stages,
        uploaded: event.anew ? [] : state.uploaded,
      };
    case "acknowledged":
      return { ...state, acknowledged: event.offset };
    case "outcome":
      return { ...state, outcome: event.update };
    case "finalAcknowledged":
      return { ...state, finalAcknowledged: true };
    default:
      // Written by another version whose journals are otherwise the same.
      return state;
  }
}

/** True when nobody knows how the stage ended. */
export function isInterrupted({ exitCode, failure }: RecordedStage): boolean {
  return exitCode === null && failure === null;
}

const unknownFailure: RecordedFailure = {
  kind: "stage",
  situation: "container-fault",
  message: "it failed, and the runner was stopped before it could write down how",
  exitCode: 0,
  oomKilled: false,
  hint: "",
};

/** One that was interrupted is done again: what counts of it is the last time. With another one after it, it has failed. */
function endedStages(stages: readonly RecordedStage[], next: string): readonly RecordedStage[] {
  const last = stages.at(-1);
  if (last === undefined || !isInterrupted(last)) return stages;
  return last.name === next ? stages.slice(0, -1) : [...stages.slice(0, -1), { ...last, failure: unknownFailure }];
}

function newStage(name: string, startedAt: number): RecordedStage {
  return { name, startedAt, exitCode: null, result: null, failure: null, run: null, isTaken: false };
}

function changeStage(
  stages: readonly RecordedStage[],
  name: string,
  change: Partial<RecordedStage>,
): readonly RecordedStage[] {
  const open = stages.findLastIndex((stage) => stage.name === name && isInterrupted(stage));
  return stages.map((stage, index) => (index === open ? { ...stage, ...change } : stage));
}
