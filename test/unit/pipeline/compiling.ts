import { expect } from "vitest";
import { compilePipeline, type CompileInput } from "../../../src/pipeline/compile.ts";
import type { Pipeline, PipelineJob } from "../../../src/pipeline/pipeline.ts";
import type { PipelineProblem } from "../../../src/pipeline/problems.ts";

/** Everything of the input that matters to one test; `files` are the repository's. */
export interface Given extends Partial<Omit<CompileInput, "variables" | "include">> {
  readonly files?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
}

export function compile(text: string, given: Given = {}): ReturnType<typeof compilePipeline> {
  const { files = {}, variables = {}, ...rest } = given;
  return compilePipeline({
    text,
    fileName: ".gitlab-ci.yml",
    include: (path) => files[path] ?? null,
    listFiles: () => Object.keys(files),
    ref: { name: "main", type: "branch", source: "push" },
    ...rest,
    variables: new Map([["CI_COMMIT_BRANCH", "main"], ...Object.entries(variables)]),
  });
}

/** The pipeline of a text that is right. */
export function pipelineOf(text: string, given: Given = {}): Pipeline {
  const result = compile(text, given);
  expect("errors" in result ? result.errors : []).toEqual([]);
  if ("errors" in result) throw new Error("not a pipeline");
  return result.pipeline;
}

/** One job of a text that is right; without a name the only one. */
export function jobOf(text: string, name?: string, given: Given = {}): PipelineJob {
  const { jobs } = pipelineOf(text, given);
  const job = name === undefined ? jobs[0] : jobs.find((candidate) => candidate.name === name);
  if (job === undefined) throw new Error(`no job ${name ?? ""} among ${jobs.map((one) => one.name).join(", ")}`);
  return job;
}

export function namesOf(text: string, given: Given = {}): readonly string[] {
  return pipelineOf(text, given).jobs.map((job) => job.name);
}

export function errorsOf(text: string, given: Given = {}): readonly PipelineProblem[] {
  const result = compile(text, given);
  return "errors" in result ? result.errors : [];
}

/** The errors as `line: message -> hint`. */
export function messagesOf(text: string, given: Given = {}): readonly string[] {
  return errorsOf(text, given).map((problem) => `${problem.line}: ${problem.message} -> ${problem.hint}`);
}

/** The variables of a job as an object. */
export function valuesOf(job: PipelineJob): Readonly<Record<string, string>> {
  return Object.fromEntries(job.variables.map((variable) => [variable.key, variable.value]));
}
