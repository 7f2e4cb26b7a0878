import type { JobParts } from "../../src/coordinator/embedded/job-record.ts";
import type { ScriptJob } from "../support/coordinator.ts";
import type { TestRunner } from "../support/agent.ts";
import type { Surroundings, World } from "./world.ts";

/** What config.toml says beside the usual. Cases whose settings are equal share a [[runners]] entry. */
export interface CaseConfig extends Omit<TestRunner, "tag"> {
  /** Cases with one name have an entry to themselves; with `settings = "limit = 1"` their jobs share one slot. */
  readonly name?: string;
}

/** What must be observed when the job has ended. */
export interface Observed {
  /** Default success. */
  readonly state?: "success" | "failed" | "canceled";
  readonly exitCode?: number;
  /** As the coordinator got it. */
  readonly failureReason?: string;
  /** What its log has, in any order; strings are as `plainText` shows them. */
  readonly log?: readonly (string | RegExp)[];
  /** What its log has not. */
  readonly absent?: readonly (string | RegExp)[];
  /** `TYPE FILENAME` of what it uploaded, sorted. */
  readonly artifacts?: readonly string[];
}

interface Claim {
  /** What holds, as a sentence: a row of docs/compatibility.md. The feature's title stands before it. */
  readonly title: string;
  readonly config?: CaseConfig;
  /**
   * Set where it can't be asked of GitLab Runner, or is otherwise there: in what respect, and why. `before VERSION ...` and
   * `not before VERSION` where only older ones are otherwise.
   */
  readonly differs?: string;
}

/** A job, and what must be observed. Images are those of test/support/engine.ts. */
interface JobCase extends Claim {
  /** A function gets the token that the job will have, for payloads that need it or the coordinator's address. */
  readonly job: ScriptJob | ((world: World, token: string) => JobParts);
  readonly observed: Observed;
}

/** Several jobs, or what a log doesn't show. */
interface StoryCase extends Claim {
  readonly prove: (world: World) => Promise<void>;
}

/** One claim about what a job may ask for, proved against a real engine. */
export type Case = JobCase | StoryCase;

/** What GitLab Runner has and Longshore has not, or has otherwise, beyond the cases that say it. */
export interface Difference {
  /** The row: a key, a variable, a flag, a line of the log. */
  readonly what: string;
  readonly here: string;
  readonly why: string;
}

/** A folder of the suite: `test/conformance/NAME/cases.ts` exports one as `feature`. */
export interface Feature {
  /** A heading of docs/compatibility.md. */
  readonly title: string;
  readonly cases: readonly Case[];
  readonly differences?: readonly Difference[];
  /** Makes what its cases share (a repository, a registry) before the runner starts; disposed of after the last. */
  readonly prepare?: (surroundings: Surroundings) => Promise<AsyncDisposable>;
}
