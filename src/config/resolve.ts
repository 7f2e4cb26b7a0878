import { cacheDoubts } from "../cache/cache-doubts.ts";
import { apiBase } from "../coordinator/url.ts";
import { settingDoubts } from "../job/setting-doubts.ts";
import { settingFaults } from "../job/setting-faults.ts";
import { resolveDocker } from "./resolve-docker.ts";
import type { Doubt, Problem } from "./problem.ts";
import { dockerSchema } from "./schema-docker.ts";
import type { RunnerEntry } from "./schema-runner.ts";
import type { EntryProblem, RunnerConfig } from "./schema.ts";

/** What the agent's process knows and the file doesn't. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Home directory of the agent's user. */
  readonly home: string;
}

export interface Resolved {
  readonly runner: RunnerConfig;
  readonly problems: readonly Problem[];
  /** Values that jobs would be refused for; of an entry without problems. */
  readonly faults: readonly Problem[];
  /** Of an entry without problems and faults. */
  readonly doubts: readonly Doubt[];
}

/** The settings of one entry that depend on the environment or on other keys. */
export function resolveRunner(entry: RunnerEntry, index: number, surroundings: Surroundings): Resolved {
  const path = ["runners", index];
  const url = expand(entry.url, surroundings.env);
  const token = expand(entry.token, surroundings.env);
  const problem = executorProblem(entry, index) ?? shellProblem(entry, index) ?? tokenProblem(entry, token, index);
  const docker = resolveDocker(entry.docker ?? dockerSchema.parse({}), [...path, "docker"], surroundings);
  const runner: RunnerConfig = {
    ...entry,
    url,
    token,
    docker: docker.docker,
    index,
    problem,
    request_concurrency: Math.max(entry.request_concurrency, 1),
    output_limit: entry.output_limit > 0 ? entry.output_limit : 4096,
    unhealthy_requests_limit: entry.unhealthy_requests_limit > 0 ? entry.unhealthy_requests_limit : 3,
  };
  const none = { runner, problems: [], faults: [], doubts: [] };
  if (problem) return none;
  const urlProblem = checkUrl(entry.url, url, index);
  const problems = [...(urlProblem ? [urlProblem] : []), ...docker.problems];
  if (problems.length > 0) return { ...none, problems };
  const inFile = <D extends Doubt>(found: D): D => ({ ...found, path: [...path, ...found.path] });
  const faults = settingFaults(runner).map(inFile);
  if (faults.length > 0) return { ...none, faults };
  return { ...none, doubts: [...settingDoubts(runner), ...cacheDoubts(runner.cache)].map(inFile) };
}

/** `$NAME` and `${NAME}`, as Go's os.ExpandEnv: what isn't set becomes nothing. */
function expand(value: string, env: Surroundings["env"]): string {
  return value.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (_, braced?: string, bare?: string) => env[braced ?? bare ?? ""] ?? "",
  );
}

const nameOf = (entry: RunnerEntry, index: number): string =>
  entry.name === "" ? `runners[${index}]` : `runners[${index}] (${JSON.stringify(entry.name)})`;

function executorProblem(entry: RunnerEntry, index: number): EntryProblem | null {
  if (entry.executor === "docker") return null;
  const found = entry.executor === "" ? "has no executor" : `has the executor ${JSON.stringify(entry.executor)}`;
  return {
    code: "CONFIG_EXECUTOR",
    message: `${nameOf(entry, index)} ${found}; Longshore runs jobs in Docker only, so the entry is skipped`,
    hint: 'set executor = "docker", or leave the entry to GitLab Runner',
  };
}

/** As GitLab Runner has them; "" is its default. Windows' cmd is gone from it, and still in files. */
const shells: ReadonlySet<string> = new Set(["", "bash", "sh"]);

function shellProblem(entry: RunnerEntry, index: number): EntryProblem | null {
  if (shells.has(entry.shell)) return null;
  const found = JSON.stringify(entry.shell);
  return {
    code: "CONFIG_SHELL",
    message: `${nameOf(entry, index)} has the shell ${found}; Longshore runs scripts in bash or sh only, so the entry is skipped`,
    hint: 'set shell = "bash" or "sh"; leave entries with "pwsh", "powershell" or "cmd" to GitLab Runner',
  };
}

function tokenProblem(entry: RunnerEntry, token: string, index: number): EntryProblem | null {
  if (token !== "") return null;
  const unset = entry.token === "" ? "has no token" : `has the token ${entry.token}, and that variable is not set`;
  return {
    code: "CONFIG_TOKEN",
    message: `${nameOf(entry, index)} ${unset}; the entry is skipped`,
    hint:
      entry.token === ""
        ? "run `longshore register`, or copy the runner's token from the coordinator"
        : "set the variable in the agent's environment",
  };
}

/** null when the coordinator's URL can be used. */
function checkUrl(written: string, url: string, index: number): Problem | null {
  const path = ["runners", index, "url"];
  if (url === "") {
    const text = written === "" ? "is not set" : `is ${JSON.stringify(written)}, and that variable is not set`;
    return { code: "CONFIG_URL", path, text, hint: 'set url = "https://gitlab.example.com"' };
  }
  const base = apiBase(url);
  if (base.ok) return null;
  const host = url.replace(/^[a-z][a-z+.-]*:\/+/i, "").replace(/^[^@/]*@/, "");
  return { code: "CONFIG_URL", path, text: base.problem, hint: `write url = "https://${host}"` };
}
