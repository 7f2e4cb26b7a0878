import type { MapField } from "./field.ts";
import { nearest } from "./problems.ts";

/** What is done with a keyword that GitLab knows and that has no effect here, or none that can be had. */
interface Unsupported {
  readonly reason: string;
  readonly hint: string;
  /** Without it the job still does its work: a warning, not an error. */
  readonly harmless?: boolean;
  /** It decides whether the job is part of the pipeline, so that it cannot wait for that decision. */
  readonly deciding?: boolean;
}

/** The keywords that may stand in one map. */
export interface KeywordTable {
  readonly known: readonly string[];
  readonly unsupported?: Readonly<Record<string, Unsupported>>;
}

const noTokens: Unsupported = {
  reason: "it takes tokens that only a GitLab server can issue",
  hint: "Remove it, or give the job a variable of your own in its place.",
};

const jobUnsupported: Readonly<Record<string, Unsupported>> = {
  trigger: {
    reason: "downstream pipelines need a GitLab server",
    hint: "Leave the job out with rules, or run it in GitLab.",
  },
  run: { reason: "CI steps are not available", hint: "Write the commands as script." },
  secrets: { reason: "it takes secrets from a store that GitLab knows", hint: "Pass the values as variables." },
  id_tokens: noTokens,
  identity: noTokens,
  dast_configuration: {
    reason: "it takes a scanner's profiles from GitLab",
    hint: "Set the DAST_ variables in the job.",
  },
  release: { reason: "no release is created here", hint: "Releases are created by GitLab.", harmless: true },
  pages: { reason: "nothing is published here", hint: "Pages are published by GitLab.", harmless: true },
  publish: { reason: "nothing is published here", hint: "Pages are published by GitLab.", harmless: true },
};

// manual_confirmation is shown in GitLab's pages only, so nothing is lost without it.
const jobKnown: readonly string[] = words(`
    script before_script after_script stage image services variables cache artifacts
    dependencies needs extends rules only except when start_in allow_failure retry timeout
    tags parallel environment coverage interruptible resource_group inherit hooks inputs
    manual_confirmation
  `);

const kubernetes: Unsupported = { reason: "jobs run in Docker here", hint: "It is for Kubernetes.", harmless: true };

/** Keywords by the place where they stand. Source: GitLab's CI/CD YAML reference. */
export const keywordTables = {
  root: {
    known: words(`default include stages variables workflow image services cache before_script after_script`),
    unsupported: {
      spec: {
        reason: "inputs of a whole file are not available",
        hint: "Use variables with default values, or inputs: in a job.",
      },
    },
  },
  default: {
    known: words(`
    image services before_script after_script cache artifacts retry tags timeout
    interruptible hooks
  `),
    unsupported: { id_tokens: noTokens, identity: noTokens },
  },
  job: { known: jobKnown, unsupported: jobUnsupported },
  inherit: { known: ["default", "variables"] },
  image: { known: ["name", "entrypoint", "docker", "pull_policy"], unsupported: { kubernetes } },
  service: {
    known: ["name", "alias", "entrypoint", "command", "variables", "docker", "pull_policy"],
    unsupported: { kubernetes },
  },
  docker: { known: ["platform", "user"] },
  globalVariable: { known: ["value", "description", "expand", "options"] },
  jobInput: { known: ["default", "type", "description", "options", "regex"] },
  jobVariable: { known: ["value", "expand"] },
  cache: { known: ["key", "paths", "untracked", "policy", "when", "fallback_keys", "unprotect"] },
  cacheKey: {
    known: ["files", "prefix"],
    unsupported: { files_commits: { reason: "it needs the commits of files", hint: "Use files." } },
  },
  artifacts: {
    known: ["paths", "exclude", "name", "untracked", "when", "expire_in", "reports", "expose_as", "public", "access"],
  },
  coverageReport: { known: ["coverage_format", "path"] },
  retry: { known: ["max", "when", "exit_codes"] },
  allowFailure: { known: ["exit_codes"] },
  parallel: { known: ["matrix"] },
  hooks: { known: ["pre_get_sources_script"] },
  environment: {
    // What follows url is for GitLab's list of environments and changes nothing in the job.
    known: ["name", "url", "action", "on_stop", "auto_stop_in", "deployment_tier"],
    unsupported: { kubernetes },
  },
  need: {
    known: ["job", "artifacts", "optional", "parallel"],
    unsupported: {
      project: { reason: "artifacts of other projects need a GitLab server", hint: "Need a job of this pipeline." },
      ref: { reason: "artifacts of other refs need a GitLab server", hint: "Need a job of this pipeline." },
      pipeline: { reason: "artifacts of other pipelines need a GitLab server", hint: "Need a job of this pipeline." },
    },
  },
  rule: {
    known: ["if", "changes", "exists", "when", "start_in", "allow_failure", "variables", "needs", "interruptible"],
  },
  workflowRule: { known: ["if", "changes", "exists", "when", "variables", "auto_cancel"] },
  includeRule: { known: ["if", "changes", "exists", "when"] },
  changes: { known: ["paths", "compare_to"] },
  exists: {
    known: ["paths"],
    unsupported: {
      project: { reason: "other projects cannot be searched", hint: "Search this repository.", deciding: true },
      ref: { reason: "other refs cannot be searched", hint: "Search the commit of the pipeline.", deciding: true },
    },
  },
  policy: {
    known: ["refs", "variables", "changes"],
    unsupported: {
      kubernetes: { reason: "it asks for a cluster that GitLab knows", hint: "Use refs or variables.", deciding: true },
    },
  },
  workflow: { known: ["rules", "name", "auto_cancel"] },
} as const satisfies Record<string, KeywordTable>;

/** A list that is easier to read as a text. */
export function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** The path of something at the top: keywords stand there by themselves, jobs under `jobs`. */
export function topPath(key: string): string {
  const known: readonly string[] = keywordTables.root.known;
  return known.includes(key) || key === "spec" ? key : `jobs.${key}`;
}

/** Reports the keys of a map that are unknown or unsupported. `what` names the map in a message, e.g. "a job". */
export function checkKeywords(map: MapField, table: KeywordTable, what: string): void {
  for (const [key, entry] of map.node.entries) {
    if (table.known.includes(key)) continue;
    const path = map.path === "" ? key : `${map.path}.${key}`;
    const unsupported =
      table.unsupported !== undefined && Object.hasOwn(table.unsupported, key) ? table.unsupported[key] : null;
    if (unsupported == null) {
      const meant = nearest(key, [...table.known, ...Object.keys(table.unsupported ?? {})]);
      const hint = meant === null ? `Use one of ${table.known.join(", ")}.` : `Did you mean '${meant}'?`;
      map.problems.error(entry.keyPlace, path, `'${key}' is not a keyword of ${what}.`, hint);
    } else if (unsupported.harmless === true) {
      map.problems.warn(entry.keyPlace, path, `'${key}' is ignored: ${unsupported.reason}`);
    } else {
      const message = `'${key}' is not supported: ${unsupported.reason}.`;
      const report = unsupported.deciding === true ? "error" : "unsupported";
      map.problems[report](entry.keyPlace, path, message, unsupported.hint);
    }
  }
}
