import { posix } from "node:path";
import type { JobVariable } from "../coordinator/job-payload.ts";
import { expand, variablesTooLong } from "./expand.ts";
import { configurationRefusal } from "./refusal.ts";

/** Of all variables together: each of them may be as long as one text may be. */
const mostCharacters = 16 * 2 ** 20;

/** GitLab keeps at most 8,000 for a project and 30,000 for a group; each is looked at several times. */
const mostVariables = 100_000;

/** Throws JobRefusal VARIABLES_TOO_MANY. */
export function requireCountable(count: number): void {
  if (count <= mostVariables) return;
  throw configurationRefusal(
    "VARIABLES_TOO_MANY",
    `the job has ${count} variables, and no more than ${mostVariables} can be handled`,
    "put what they hold into a file, or into fewer variables",
  );
}

/** A job's variable after the layers were merged. `internal` ones were set by the agent itself. */
export interface Variable extends JobVariable {
  readonly internal: boolean;
}

/** Names that a shell would read as special parameters: never a variable's value. */
const specialNames = new Set(["*", "#", "@", "!", "?", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);

/** The variables of one job, in order; of several with one name the last wins. Immutable. */
export class Variables {
  readonly list: readonly Variable[];
  readonly #byKey = new Map<string, Variable>();

  constructor(list: readonly Variable[]) {
    this.list = list;
    for (const variable of list) this.#byKey.set(variable.key, variable);
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** As the job sees it: the path for a file variable, "" when there is none. */
  get(key: string): string {
    if (key === "$") return "$";
    if (specialNames.has(key)) return "";
    const variable = this.#byKey.get(key);
    if (variable === undefined) return "";
    return variable.file ? this.filePath(key) : variable.value;
  }

  /** The content, also of a file variable. */
  value(key: string): string {
    return this.#byKey.get(key)?.value ?? "";
  }

  /** True for `1`, `t`, `true` in any case, as Go's ParseBool reads them; anything else is false. */
  flag(key: string): boolean {
    return ["1", "t", "true"].includes(this.get(key).toLowerCase());
  }

  filePath(key: string): string {
    return posix.join(this.value("RUNNER_TEMP_PROJECT_DIR"), fileNameOf(key));
  }

  expand(text: string): string {
    return expand(text, (name) => this.get(name));
  }

  /** One pass over all that are not raw, each against the values before the pass. Throws JobRefusal VARIABLES_TOO_LONG. */
  expanded(): Variables {
    let characters = 0;
    return new Variables(
      this.list.map((variable) => {
        if (variable.raw) return variable;
        const value = this.expand(variable.value);
        characters += value.length;
        if (characters > mostCharacters) throw variablesTooLong();
        return { ...variable, value };
      }),
    );
  }

  /** The effective variable of each name, in the order of their last setting. */
  effective(): readonly Variable[] {
    return this.list.filter((variable) => this.#byKey.get(variable.key) === variable);
  }

  /**
   * `KEY=VALUE` for a container. A NUL can't stand in an environment: it and what follows is left out of a value, and a
   * variable with one in its name, or without a name, altogether: no daemon starts a container with it.
   */
  environment(): string[] {
    return this.effective()
      .filter(({ key }) => key !== "" && !key.includes("\0"))
      .map((variable) => environmentEntry(variable.key, this.get(variable.key)));
  }

  files(): readonly { readonly key: string; readonly path: string; readonly content: string }[] {
    return this.effective()
      .filter((variable) => variable.file)
      .map((variable) => ({ key: variable.key, path: this.filePath(variable.key), content: variable.value }));
  }

  masked(): string[] {
    return this.list.filter((variable) => variable.masked && variable.value !== "").map((variable) => variable.value);
  }
}

/** The file of a file variable: its name is the author's to choose, and must not be a way out of the directory. */
export function fileNameOf(key: string): string {
  return key === "" || key === "." || key === ".." ? "_" : key.replaceAll(/[/\0]/g, "_");
}

function environmentEntry(key: string, value: string): string {
  return `${key}=${value.split("\0", 1)[0] as string}`;
}

/** A public variable set by the agent. */
export function internal(key: string, value: string): Variable {
  return { key, value, public: true, internal: true, file: false, masked: false, raw: false };
}

/** Reads `KEY=VALUE` entries of `environment` in config.toml; what has no `=` is no variable, as in GitLab Runner. */
export function fromEnvironment(entries: readonly string[]): Variable[] {
  return entries.flatMap((entry) => {
    const equals = entry.indexOf("=");
    if (equals === -1) return [];
    return [{ ...internal(entry.slice(0, equals), entry.slice(equals + 1)), public: false }];
  });
}
