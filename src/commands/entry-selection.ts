import { parseConfig } from "../config/parse.ts";
import type { Surroundings } from "../config/resolve.ts";
import type { AgentConfig, RunnerConfig } from "../config/schema.ts";
import { AgentError } from "../support/errors.ts";

/** Which entries a command is about; "" and 0 for any. */
export interface Selector {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly id: number;
}

export const isEmptySelector = ({ name, url, token, id }: Selector): boolean => !name && !url && !token && !id;

/** The entries for which everything that was given fits. Throws AgentError RUNNER_NOT_FOUND (exit code 2) when there are none. */
export function selectRunners(config: AgentConfig, selector: Selector): readonly RunnerConfig[] {
  const { name, url, token, id } = selector;
  const found = config.runners.filter(
    (runner) =>
      (name === "" || runner.name === name) &&
      (url === "" || sameUrl(runner.url, url)) &&
      (token === "" || runner.token === token) &&
      (id === 0 || runner.id === id),
  );
  if (found.length > 0 || isEmptySelector(selector)) return found;
  const wanted = [
    name && `the name ${JSON.stringify(name)}`,
    url && `the URL ${url}`,
    token && "that token",
    id && `the id ${id}`,
  ].filter((part) => typeof part === "string" && part !== "");
  throw new AgentError("RUNNER_NOT_FOUND", `no runner in the configuration has ${wanted.join(" and ")}`, {
    hint: "`longshore list` shows the runners that there are",
    exitCode: 2,
  });
}

const sameUrl = (a: string, b: string): boolean => a.replace(/\/+$/, "") === b.replace(/\/+$/, "");

/** Where the entry stands in `text` now, which may have been edited since it was loaded. Throws AgentError CONFIG_CHANGED. */
export function positionOf(runner: RunnerConfig, text: string, configFile: string, surroundings: Surroundings): number {
  const { runners } = parseConfig(text, configFile, surroundings).config;
  const isIt = ({ name, url, token }: RunnerConfig) =>
    name === runner.name && url === runner.url && token === runner.token;
  const same = runners[runner.index];
  const found = same && isIt(same) ? same : runners.find(isIt);
  if (found) return found.index;
  throw new AgentError("CONFIG_CHANGED", `${labelOf(runner)} is no longer in ${configFile}`, {
    hint: "somebody else changed the file meanwhile; look at it and run the command again",
  });
}

/** How messages call an entry. */
export const labelOf = (runner: RunnerConfig): string =>
  runner.name === "" ? `runners[${runner.index}]` : JSON.stringify(runner.name);
