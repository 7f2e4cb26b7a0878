import type { Engine } from "../../src/docker/engine.ts";
import { findObjects } from "../../src/docker/sweep.ts";
import type { ScriptJob, TestCoordinator } from "../support/coordinator.ts";
import { execute, inspect } from "../support/engine.ts";
import type { EndedJob, JobRuns } from "../support/job-runs.ts";
import type { ContainerType } from "./runner-under-test.ts";

const limitMs = 60_000;
const ready = "all of it may be seen";
const seen = "/tmp/it-was-seen";

type ContainerInspectInfo = Awaited<ReturnType<typeof inspect>>;

/** As the daemon describes the containers of a job while its script runs. */
export interface SeenContainers {
  readonly build: ContainerInspectInfo;
  readonly helper: ContainerInspectInfo;
  /** In the order of their names. */
  readonly services: readonly ContainerInspectInfo[];
  readonly ended: EndedJob;
}

/** What is there before the runner is. */
export interface Surroundings {
  readonly coordinator: TestCoordinator;
  readonly engine: Engine;
}

/** Where a case's jobs run: on the entry that has its settings. */
export interface World extends Pick<JobRuns, "ended" | "shows">, Surroundings {
  run(job: ScriptJob): Promise<EndedJob>;
  /** Queues it; `ended`, `shows` and `containers` take it from there. */
  start(job: Parameters<JobRuns["start"]>[0]): ReturnType<JobRuns["start"]>;
  /** Ids of a job's containers as they are now. */
  containers(jobId: number, type: ContainerType): Promise<readonly string[]>;
  /** Runs the job, and looks at its containers when its script is done, but for the wait for that. It needs sh and sleep. */
  look(job: ScriptJob): Promise<SeenContainers>;
}

/** @param tag of the entry; @param labelsOf a job's containers: they have all of one of these */
export function createWorld(
  runs: JobRuns,
  parts: {
    readonly coordinator: TestCoordinator;
    readonly engine: Engine;
    readonly tag: string;
    readonly labelsOf: (jobId: number, type: ContainerType) => readonly (readonly string[])[];
  },
): World {
  const { coordinator, engine, tag, labelsOf } = parts;
  const containers: World["containers"] = async (jobId, type) => {
    const limit = AbortSignal.timeout(limitMs);
    const found = labelsOf(jobId, type).map((labels) => findObjects(engine, labels, limit));
    return (await Promise.all(found)).flatMap(({ containers }) => containers);
  };
  const inspected = async (jobId: number, type: ContainerType) => {
    const found = await Promise.all((await containers(jobId, type)).map((id) => inspect(engine, id)));
    return found.toSorted((a, b) => a.Name.localeCompare(b.Name));
  };
  return {
    coordinator,
    engine,
    containers,
    run: (job) => runs.run(job, tag),
    start: (job) => runs.start(job, tag),
    ended: runs.ended,
    shows: runs.shows,
    look: async (job) => {
      const wait = `echo ${ready}; until [ -e ${seen} ]; do sleep 0.1; done`;
      const handle = await runs.start({ ...job, script: [...job.script, wait] }, tag);
      await runs.shows(handle, `\n${ready}\n`);
      const [[build], [helper], services] = await Promise.all([
        inspected(handle.id, "build"),
        inspected(handle.id, "predefined"),
        inspected(handle.id, "service"),
      ]);
      if (build === undefined || helper === undefined) throw new Error(`job ${handle.id} has no containers`);
      await execute(engine, build.Id, "touch", seen);
      return { build, helper, services, ended: await runs.ended(handle) };
    },
  };
}
