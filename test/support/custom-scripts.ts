import { quote } from "../../src/script/quote.ts";
import type { JobPayload } from "../../src/coordinator/job-payload.ts";

/** What the stand-in of a calling runner says its scripts run in. */
export interface ScriptScene {
  readonly payload: JobPayload;
  readonly variables: Readonly<Record<string, string>>;
  readonly projectDir: string;
  /** CI_JOB_STATUS. */
  readonly status: string;
}

const before = ["prepare_script", "get_sources", "restore_cache", "download_artifacts"];

/** The stages before the author's scripts, and after them, in a runner's order. */
export const stagesBefore: readonly string[] = before;
export const stagesAfter = (isSuccess: boolean): readonly string[] => [
  isSuccess ? "archive_cache" : "archive_cache_on_failure",
  isSuccess ? "upload_artifacts_on_success" : "upload_artifacts_on_failure",
  "cleanup_file_variables",
];

/** A stage as a bash script, in the form in which runners give them to a driver: one eval, with an empty standard input. */
export function stageScript(stage: string, scene: ScriptScene): string {
  const exports = Object.entries({ ...scene.variables, CI_JOB_STATUS: scene.status }).map(
    ([key, value]) => `export ${key}=${quote(value)}`,
  );
  const body = [...exports, ...linesOf(stage, scene)].join("\n");
  return `#!/usr/bin/env bash

trap exit 1 TERM

if set -o | grep pipefail > /dev/null; then set -o pipefail; fi; set -o errexit
set +o noclobber
: | eval ${quote(body)}
exit 0
`;
}

function linesOf(stage: string, { payload, projectDir, variables }: ScriptScene): string[] {
  const enter = `cd ${quote(projectDir)}`;
  const steps = (name: string) =>
    payload.steps
      .filter((step) => step.name === name)
      .flatMap(({ script }) => script.flatMap((line) => [`echo ${quote(`$ ${line}`)}`, line]));
  switch (stage) {
    case "prepare_script":
      return ['echo "Running on $(hostname) via the stand-in..."'];
    case "get_sources":
      return variables["GIT_STRATEGY"] === "none" ? [`mkdir -p ${quote(projectDir)}`] : cloneLines(payload, projectDir);
    case "build_script":
      return [enter, ...steps("script")];
    case "after_script":
      return [enter, ...steps("after_script")];
    case "cleanup_file_variables":
      return [`rm -rf ${quote(`${projectDir}.tmp`)}`];
    default:
      // A driver that runs it in a helper without that command has done nothing.
      return ["gitlab-runner --version >/dev/null || { echo 'no gitlab-runner here' >&2; exit 1; }"];
  }
}

function cloneLines({ git_info: { repo_url, refspecs, sha } }: JobPayload, projectDir: string): string[] {
  return [
    `git init -q ${quote(projectDir)}`,
    `cd ${quote(projectDir)}`,
    `git fetch -q ${quote(repo_url)} ${refspecs.map(quote).join(" ")}`,
    `git checkout -q -f ${sha}`,
    "echo checked out $(git rev-parse HEAD)",
  ];
}
