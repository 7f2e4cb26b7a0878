import { inputFault, parseInput } from "./input-value.ts";
import type { Pipeline, PipelineInput } from "./pipeline.ts";
import { nearest } from "./problems.ts";

/** Why a value can't be given, and what to do about it. */
export interface GivenInputFault {
  readonly message: string;
  readonly hint: string;
}

/**
 * The pipeline with other values of its jobs' inputs, as GitLab takes them when somebody starts a job by hand. A value
 * goes to every job that has an input of the name; one that no job has is a mistake, as in GitLab. Pure.
 *
 * @param given values as they are written on a command line
 */
export function withGivenInputs(
  pipeline: Pipeline,
  given: ReadonlyMap<string, string>,
): { readonly pipeline: Pipeline } | { readonly fault: GivenInputFault } {
  const names = [...new Set(pipeline.jobs.flatMap(({ inputs }) => inputs.map(({ key }) => key)))];
  const unknown = [...given.keys()].find((key) => !names.includes(key));
  if (unknown !== undefined) return { fault: unknownInput(unknown, names) };
  const faults: GivenInputFault[] = [];
  const jobs = pipeline.jobs.map((job) => ({
    ...job,
    inputs: job.inputs.map((input) => {
      const text = given.get(input.key);
      const changed = text === undefined ? input : withValue(input, text);
      if (typeof changed !== "string") return changed;
      faults.push({
        message: `the value of the input "${input.key}" of the job ${job.name} ${changed}`,
        hint: hintFor(input),
      });
      return input;
    }),
  }));
  const [fault] = faults;
  return fault === undefined ? { pipeline: { ...pipeline, jobs } } : { fault };
}

function hintFor({ type }: PipelineInput): string {
  return type === "string"
    ? "see options and regex of the input"
    : 'numbers, true, false and lists are written as in JSON: 3, true, ["a", "b"]; see options of the input, too';
}

function withValue(input: PipelineInput, text: string): PipelineInput | string {
  const value = parseInput(text, input.type);
  if (value === null) return `is no ${input.type}`;
  return inputFault(value, input) ?? { ...input, value };
}

function unknownInput(name: string, names: readonly string[]): GivenInputFault {
  const meant = nearest(name, names);
  const known = names.length === 0 ? "give a job `inputs:` with this name" : `there are ${names.join(", ")}`;
  return {
    message: `no job of this pipeline has an input "${name}"`,
    hint: meant === null ? known : `did you mean ${meant}?`,
  };
}
