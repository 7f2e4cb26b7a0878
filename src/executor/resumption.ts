import type { JobRecord } from "../journal/job-record.ts";

/** What becomes of a job that an earlier run of the agent left behind. */
export type Resumption =
  /** Its end is on record: it is delivered. */
  | "deliver"
  /** Its script has begun: what runs is found again, and the rest is done. */
  | "adopt"
  /** No script of the author's has run in its build container: it is done from the beginning. */
  | "begin-anew"
  /** It has failed with the system. */
  | "give-up";

/** A job at which the agent dies again and again, before any stage of it ends, is left alone after so many tries. */
const mostVainResumes = 100;
/** Journals of older agents don't tell whether a script was given to its container. */
const firstAdoptableVersion = 2;

export function resumptionOf(record: JobRecord): Resumption {
  if (record.outcome !== null || record.finalAcknowledged) return "deliver";
  if (record.opened.version < firstAdoptableVersion || record.vainResumes >= mostVainResumes) return "give-up";
  // Without its plan it can't be gone on with, nor may what the author wrote run twice.
  if (record.plan === null && record.stages.some(({ name }) => /^(?:step_|after_script$)/.test(name))) return "give-up";
  return scriptBegan(record) ? "adopt" : "begin-anew";
}

function scriptBegan({ plan, stages }: JobRecord): boolean {
  if (plan === null) return false;
  const ofScripts = [...plan.steps.map(({ stage }) => stage), "after_script"];
  return stages.some(({ name }) => ofScripts.includes(name));
}
