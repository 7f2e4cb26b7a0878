import type { JobHandle, JobParts } from "../../../src/coordinator/embedded/job-record.ts";
import type { Field } from "./field.ts";

let marker = 0;

/** A name that no other payload holds. */
export function nextName(kind: string): string {
  return `${kind} payload, number ${++marker}.`;
}

/** A job whose payload is changed on its way to the agent. */
export async function spoiled(
  { agent, front }: Field,
  change: (payload: string) => string,
  parts: JobParts = {},
  limitMs = 60_000,
): Promise<{ readonly job: JobHandle; readonly log: string }> {
  const name = nextName("spoiled");
  front.spoil(name, change);
  const job = await agent.start({ name, script: ["echo it runs"], parts });
  return agent.ended(job, limitMs);
}

/** Changes one field, by its path. */
export const field = (change: (payload: Record<string, never> & PayloadShape) => void) => (text: string) => {
  const payload = JSON.parse(text) as Record<string, never> & PayloadShape;
  change(payload);
  return JSON.stringify(payload);
};

interface PayloadShape {
  variables: unknown;
  steps: unknown;
  job_info?: unknown;
  runner_info: unknown;
  id: unknown;
  git_info: Record<string, unknown>;
}
