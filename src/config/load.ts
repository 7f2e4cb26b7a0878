import { access, readFile } from "node:fs/promises";
import path from "node:path";
import { AgentError, messageOf } from "../support/errors.ts";
import { fileDoubts } from "./file-doubts.ts";
import { createLocator } from "./locate.ts";
import { doubtLine, parseConfig, type ParsedConfig } from "./parse.ts";
import type { Surroundings } from "./resolve.ts";
import { usableRunners } from "./schema.ts";

export type { Surroundings };

/** The settings, what to warn about, and the text they came from (for edit.ts). */
export interface LoadedConfig extends ParsedConfig {
  readonly text: string;
}

/** Where a coordinator's certificates are looked for by host name: `certs` beside config.toml (protocol section 1.5). */
export const certsDirOf = (configFile: string): string => path.join(path.dirname(configFile), "certs");

/**
 * Reads and checks config.toml. Throws AgentError with exit code 2: CONFIG_MISSING, CONFIG_UNREADABLE, CONFIG_ENCODING
 * and those of parseConfig. Entries with faults take no jobs; the others do.
 */
export async function loadConfig(file: string, surroundings: Surroundings): Promise<LoadedConfig> {
  const text = await readConfigText(file);
  if (text === null) throw await missingConfig(file, surroundings.home);
  const { config: written, warnings, faults } = parseConfig(text, file, surroundings);
  const problems = new Map(
    faults.map(({ index, error: { code, message, hint } }) => [
      index,
      { code, message: `${message}; the entry is skipped`, hint },
    ]),
  );
  const runners = written.runners.map((runner) => ({
    ...runner,
    problem: problems.get(runner.index) ?? runner.problem,
  }));
  const config = { ...written, runners };
  const skipped = [...problems.values()].map(({ message, hint }) => `${message}; ${hint}`);
  const locate = createLocator(text.replace(/^\uFEFF/, ""));
  const doubts = await Promise.all(
    usableRunners(config).map(async (runner) =>
      (await fileDoubts(runner)).map(({ path, ...said }) => ({ ...said, path: ["runners", runner.index, ...path] })),
    ),
  );
  const said = doubts.flat().map((doubt) => doubtLine(doubt, file, locate));
  return { config, warnings: [...warnings, ...skipped, ...said], faults, text };
}

/** null when there is no such file. */
export async function readConfigText(file: string): Promise<string | null> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return null;
    throw new AgentError("CONFIG_UNREADABLE", `${file}: ${reasons[code ?? ""] ?? messageOf(error)}`, {
      hint: code === "EACCES" ? "run as the user that owns it, or as root" : "name a file with --config",
      exitCode: 2,
      cause: error,
    });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new AgentError("CONFIG_ENCODING", `${file} is not UTF-8 text`, {
      hint: "save the file as UTF-8",
      exitCode: 2,
      cause: error,
    });
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "may not be read by this user",
  EISDIR: "is a directory, not a file",
  ENOTDIR: "lies in something that is not a directory",
};

async function missingConfig(file: string, home: string): Promise<AgentError> {
  const gitlab = await firstReadable([
    "/etc/gitlab-runner/config.toml",
    path.join(home, ".gitlab-runner", "config.toml"),
  ]);
  const register = "run `longshore register` to make one, or name one with --config";
  const reuse = `GitLab Runner's configuration is used with --config ${gitlab}; or run \`longshore register\``;
  return new AgentError("CONFIG_MISSING", `there is no configuration file ${file}`, {
    hint: gitlab === null || gitlab === file ? register : reuse,
    exitCode: 2,
  });
}

async function firstReadable(files: readonly string[]): Promise<string | null> {
  for (const file of files) {
    const readable = await access(file).then(
      () => true,
      () => false,
    );
    if (readable) return file;
  }
  return null;
}
