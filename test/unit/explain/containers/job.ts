import type { BuildEvidence, ContainerEvidence, Evidence } from "../../../../src/explain/evidence.ts";
import { explain } from "../../../../src/explain/explain.ts";
import { evidenceOf } from "../../../support/evidence.ts";

/** What a test says of a job; the rest is as in `evidenceOf`. */
export interface JobParts extends Omit<Partial<Evidence>, "build" | "output"> {
  readonly exitCode?: number | null;
  readonly message?: string;
  readonly reason?: string;
  readonly output?: string;
  readonly build?: Partial<BuildEvidence>;
  readonly state?: Partial<ContainerEvidence>;
}

/** A job with one command that ended with this exit code after this output. */
export function job({ exitCode = 1, message, reason, output = "", build, state, ...parts }: JobParts): Evidence {
  const base = evidenceOf();
  return evidenceOf({
    failure: { exitCode, reason: reason ?? "script_failure", message: message ?? `exit code ${exitCode}` },
    output: output === "" ? [] : output.split("\n"),
    build: {
      ...base.build,
      state: { running: false, exitCode: exitCode ?? 0, oomKilled: false, error: "", ...state },
      ...build,
    },
    ...parts,
  });
}

/** Names of the rules that have something to say. */
export function found(parts: JobParts): string[] {
  return explain(job(parts)).map(({ rule }) => rule);
}

/** The first finding, as one text. */
export function said(parts: JobParts): string {
  const [first] = explain(job(parts));
  return first === undefined ? "" : [first.cause, first.seen, first.author, first.admin].join("\n");
}
