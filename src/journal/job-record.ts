import type { JobPayload } from "../coordinator/job-payload.ts";
import type { JobUpdate } from "../coordinator/job-api.ts";
import type { JobPlan } from "../job/plan.ts";
import type { TraceCheckpoint } from "../trace/checkpoint.ts";
import type { ContainerRole, JobOpened, JournalEvent } from "./events.ts";

export interface RecordedStage {
  readonly name: string;
  /** null: the agent ended before the stage did. */
  readonly exitCode: number | null;
}

/** All that a journal says about its job: the events folded into a state. */
export interface JobRecord {
  readonly opened: JobOpened;
  readonly payload: JobPayload;
  readonly plan: JobPlan | null;
  readonly containers: readonly { readonly id: string; readonly name: string; readonly role: ContainerRole }[];
  readonly networks: readonly { readonly id: string; readonly name: string }[];
  readonly volumes: readonly string[];
  /** Volumes that outlive the job and were its own while it ran. */
  readonly leased: readonly string[];
  readonly stages: readonly RecordedStage[];
  /** By container id. */
  readonly logOffsets: Readonly<Record<string, { readonly stdout: number; readonly stderr: number }>>;
  readonly checkpoint: TraceCheckpoint | null;
  readonly acknowledged: number;
  readonly outcome: Omit<JobUpdate, "output"> | null;
  readonly finalAcknowledged: boolean;
}

export type FoldedEvents = Omit<JobRecord, "opened" | "payload" | "plan" | "checkpoint">;

export function foldEvents(events: readonly JournalEvent[]): FoldedEvents {
  return events.reduce<FoldedEvents>(apply, {
    containers: [],
    networks: [],
    volumes: [],
    leased: [],
    stages: [],
    logOffsets: {},
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
      return { ...state, stages: [...state.stages, { name: event.name, exitCode: null }] };
    case "stageEnded":
      return { ...state, stages: endStage(state.stages, event.name, event.exitCode) };
    case "logOffset": {
      const { container, stdout, stderr } = event;
      return { ...state, logOffsets: { ...state.logOffsets, [container]: { stdout, stderr } } };
    }
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

function endStage(stages: readonly RecordedStage[], name: string, exitCode: number): readonly RecordedStage[] {
  const open = stages.findLastIndex((stage) => stage.name === name && stage.exitCode === null);
  return stages.map((stage, index) => (index === open ? { name, exitCode } : stage));
}
