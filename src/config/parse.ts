import { parse } from "toml";
import { AgentError } from "../support/errors.ts";
import { formatPath, keyTree, type KeyPath } from "./key-tree.ts";
import { isTable, sortKeys } from "./known-keys.ts";
import { createLocator, type KeyPositions, type Locator } from "./locate.ts";
import { describeIssue, type Doubt, type Problem } from "./problem.ts";
import { resolveRunner, type Surroundings } from "./resolve.ts";
import { type AgentConfig, configSchema, type RunnerConfig } from "./schema.ts";
import { syntaxError } from "./syntax-error.ts";

export interface ParsedConfig {
  readonly config: AgentConfig;
  /** Things that the admin should know and that stop nothing, each with file, line and column. */
  readonly warnings: readonly string[];
  /** Entries with values that all their jobs would be refused for. */
  readonly faults: readonly EntryFault[];
}

export interface EntryFault {
  /** Position of the entry. */
  readonly index: number;
  /** Names all such values of the entry, each with file, line and column. */
  readonly error: AgentError;
}

const nodes = keyTree(configSchema);
const shownProblems = 5;

/**
 * config.toml's text -> settings. Throws AgentError (exit code 2) with code CONFIG_SYNTAX, CONFIG_TYPE, CONFIG_VALUE,
 * CONFIG_URL, CONFIG_HOST or CONFIG_WIRING; its message begins with `file:line:column`.
 */
export function parseConfig(text: string, file: string, surroundings: Surroundings): ParsedConfig {
  const source = text.replace(/^\uFEFF/, "");
  const raw = parseToml(source, file);
  const locate = createLocator(source);
  const known = sortKeys(raw, nodes);
  const validated = configSchema.safeParse(known.value);
  if (!validated.success) {
    throw problemError(
      validated.error.issues.map((issue) => describeIssue(issue, known.value, nodes)),
      file,
      locate,
    );
  }

  const resolved = validated.data.runners.map((entry, index) => resolveRunner(entry, index, surroundings));
  const problems = resolved.flatMap((entry) => entry.problems);
  if (problems.length > 0) throw problemError(problems, file, locate);

  const { check_interval, shutdown_timeout, session_server } = validated.data;
  const config: AgentConfig = {
    ...validated.data,
    check_interval: check_interval > 0 ? check_interval : 3,
    shutdown_timeout: shutdown_timeout > 0 ? shutdown_timeout : 30,
    session_server: { ...session_server, session_timeout: session_server.session_timeout || 1800 },
    runners: resolved.map(({ runner }) => runner),
  };
  const warnings = [
    ...known.unknown.map(({ path, message }) => `${placeOf(file, locate, path, "key")}: ${message}`),
    ...entryWarnings(config.runners, file, locate),
    ...resolved.flatMap(({ doubts }) => doubts.map((doubt) => doubtLine(doubt, file, locate))),
  ];
  const faults = resolved.flatMap((entry, index) =>
    entry.faults.length === 0 ? [] : [{ index, error: problemError(entry.faults, file, locate) }],
  );
  return { config, warnings, faults };
}

/** As a warning, with its place in the text. */
export function doubtLine({ path, text, hint }: Doubt, file: string, locate: Locator): string {
  return `${placeOf(file, locate, path, "value")}: ${formatPath(path)}: ${text}; ${hint}`;
}

/** The text as TOML, without a look at its keys. Throws CONFIG_SYNTAX. */
export function parseToml(source: string, file: string): Readonly<Record<string, unknown>> {
  try {
    const raw: unknown = parse(source);
    return isTable(raw) ? raw : {};
  } catch (error) {
    throw syntaxError(file, source, error);
  }
}

function problemError(problems: readonly Problem[], file: string, locate: Locator): AgentError {
  const [first] = problems as readonly [Problem, ...Problem[]];
  const lines = problems
    .slice(0, shownProblems)
    .map((problem) => `${placeOf(file, locate, problem.path, "value")}: ${formatPath(problem.path)}: ${problem.text}`);
  if (problems.length > shownProblems) lines.push(`and ${problems.length - shownProblems} more`);
  return new AgentError(first.code, lines.join("\n"), { hint: first.hint, exitCode: 2 });
}

/** `file:line:column` of the key, or of the nearest table around it when it isn't written. */
function placeOf(file: string, locate: Locator, path: KeyPath, part: keyof KeyPositions): string {
  for (let length = path.length; length > 0; length--) {
    const found = locate(path.slice(0, length))?.[part];
    if (found) return `${file}:${found.line}:${found.column}`;
  }
  return file;
}

function entryWarnings(runners: readonly RunnerConfig[], file: string, locate: Locator): string[] {
  const firstWith = new Map<string, number>();
  return runners.flatMap((runner) => {
    const place = placeOf(file, locate, ["runners", runner.index], "key");
    const warnings = runner.problem ? [`${place}: ${runner.problem.message}; ${runner.problem.hint}`] : [];
    if (runner.token === "") return warnings;
    const identity = `${runner.url}\n${runner.token}`;
    const first = firstWith.get(identity);
    if (first === undefined) firstWith.set(identity, runner.index);
    else
      warnings.push(
        `${place}: ${formatPath(["runners", runner.index])} has the same token as runners[${first}]; they share its jobs`,
      );
    return warnings;
  });
}
