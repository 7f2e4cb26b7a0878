import { text } from "node:stream/consumers";
import { openPromise } from "yauzl";
import type { JobHandle, JobParts } from "../../../src/coordinator/embedded/job-record.ts";
import type { ScriptJob } from "../../support/coordinator.ts";

export type Artifact = NonNullable<JobParts["artifacts"]>[number];

const usual: Artifact = { name: "artifacts", artifact_type: "archive", artifact_format: "zip" };

/** A job with these artifacts, by default zip archives. */
export function withArtifacts(script: readonly string[], ...artifacts: readonly Artifact[]): ScriptJob {
  return { script, parts: { artifacts: artifacts.map((artifact) => ({ ...usual, ...artifact })) } };
}

/** Where the coordinator keeps one of a job's artifacts. */
export function fileOf(job: JobHandle, type = "archive"): string {
  const path = job.artifacts.find((artifact) => artifact.type === type)?.path;
  if (path === undefined) throw new Error(`job ${job.id} has no artifact of the type ${type}`);
  return path;
}

/** The names in a job's archive, but for directories. */
export async function namesIn(job: JobHandle): Promise<string[]> {
  const zip = await openPromise(fileOf(job));
  const names: string[] = [];
  for await (const entry of zip.eachEntry()) names.push(entry.fileName);
  return names.filter((name) => !name.endsWith("/")).toSorted();
}

/** The content of one file of a job's archive. */
export async function readFrom(job: JobHandle, name: string): Promise<string> {
  const zip = await openPromise(fileOf(job), { autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName === name) return await text(await zip.openReadStreamPromise(entry));
    }
    throw new Error(`there is no ${name} in the archive of job ${job.id}`);
  } finally {
    zip.close();
  }
}
