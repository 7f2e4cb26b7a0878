import type { RunnerConfig } from "../config/schema.ts";

/** Where jobs fetch sources from, as far as config.toml says; the coordinator may send another address with a job. */
export function cloneAddress(runner: Pick<RunnerConfig, "url" | "clone_url">): URL | null {
  const text = runner.clone_url === "" ? runner.url : runner.clone_url;
  return URL.canParse(text) ? new URL(text) : null;
}
