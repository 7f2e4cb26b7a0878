import { posix } from "node:path";
import { quote, quoteAll } from "./quote.ts";
import { warning } from "./say.ts";

/** A variable of type file: `content` is written to `path`, and `key` exported with the path as its value. */
export interface FileVariable {
  readonly key: string;
  readonly path: string;
  readonly content: string;
}

export interface Environment {
  readonly tempDir: string;
  /** Variables on top of the container's environment; a key that no shell could hold is left out. */
  readonly exports: readonly { readonly key: string; readonly value: string }[];
  readonly fileVariables: readonly FileVariable[];
}

const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The file that GITLAB_ENV names; removed before the job's first stage and at its end. */
export function gitlabEnvPath(tempDir: string): string {
  return `${tempDir}/gitlab_runner_env`;
}

/** Commands that bring a stage's shell to the job's environment: file variables, exports, what earlier stages wrote to GITLAB_ENV. */
export function environmentLines(environment: Environment): string[] {
  const envFile = gitlabEnvPath(environment.tempDir);
  const exported = [
    ...environment.exports,
    ...environment.fileVariables.map(({ key, path }) => ({ key, value: path })),
    { key: "GITLAB_ENV", value: envFile },
  ];
  return [
    `{ ${makeDirectory(environment.tempDir)}; } 2>/dev/null || true`,
    ...writeFiles(environment.fileVariables),
    ...exported.filter(({ key }) => SHELL_NAME.test(key)).map(({ key, value }) => `export ${key}=${quote(value)}`),
    ...readEnvFile(envFile),
  ];
}

/** `mkdir -p` without its process where the directory is there already. */
export function makeDirectory(path: string): string {
  return `[ -d ${quote(path)} ] || mkdir -p ${quote(path)}`;
}

/** Goes to the project directory; nothing has made it yet where no sources are fetched, or where that failed. */
export function enterProject(path: string): string[] {
  return [makeDirectory(path), `cd ${quote(path)}`];
}

function writeFiles(files: readonly FileVariable[]): string[] {
  if (files.length === 0) return [];
  const paths = files.map(({ path }) => path);
  const directories = [...new Set(paths.map((path) => posix.dirname(path)))];
  return [
    ...directories.map(makeDirectory),
    // Another stage may have left it as another user's file, or a script may have made it read-only.
    `rm -f ${quoteAll(paths)} 2>/dev/null || true`,
    ...files.map(({ path, content }) => `printf '%s' ${quote(content)} >${quote(path)}`),
  ];
}

function readEnvFile(path: string): string[] {
  // `export` of a bad name ends a POSIX shell on the spot, so names are looked at first.
  return [
    `if [ -s ${quote(path)} ]; then`,
    `  while IFS= read -r _longshore_line || [ -n "$_longshore_line" ]; do`,
    `    case "\${_longshore_line%%=*}" in`,
    `      "$_longshore_line" | "" | [0-9]* | *[!A-Za-z0-9_]*)`,
    `        [ -z "$_longshore_line" ] || ${warning("GITLAB_ENV: a line that is not KEY=VALUE was ignored")} ;;`,
    `      *) export "$_longshore_line" ;;`,
    `    esac`,
    `  done <${quote(path)}`,
    `  unset _longshore_line`,
    `else`,
    // Without a directory that this user can write to, the job only has no GITLAB_ENV.
    `  [ -e ${quote(path)} ] || { true >${quote(path)}; } 2>/dev/null || true`,
    `fi`,
  ];
}
