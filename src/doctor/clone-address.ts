import type { RunnerConfig } from "../config/schema.ts";
import { proxyFor } from "../coordinator/proxy.ts";
import { fromEnvironment } from "../job/variables.ts";

/**
 * Where jobs fetch sources from, as far as config.toml says; the coordinator may send another address with a job.
 * Without a user: the address stands among the arguments of a process that everybody on the daemon's host can see.
 */
export function cloneAddress(runner: Pick<RunnerConfig, "url" | "clone_url">): URL | null {
  const text = runner.clone_url === "" ? runner.url : runner.clone_url;
  const address = URL.parse(text);
  if (address === null) return null;
  address.username = "";
  address.password = "";
  return address;
}

/** Whether `environment` of config.toml sends git in a job's container to a proxy on its way there: that then resolves the name. */
export function isProxied(runner: Pick<RunnerConfig, "url" | "clone_url" | "environment">): boolean {
  const address = cloneAddress(runner);
  if (address === null) return false;
  const values = new Map(fromEnvironment(runner.environment).map(({ key, value }) => [key, value]));
  const first = (...names: readonly string[]) =>
    names.map((name) => values.get(name) ?? "").find((text) => text !== "");
  const env = {
    // curl doesn't know it in upper case: a CGI script's client could set it.
    HTTP_PROXY: first("http_proxy", "all_proxy", "ALL_PROXY"),
    HTTPS_PROXY: first("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
    NO_PROXY: first("no_proxy", "NO_PROXY"),
  };
  return proxyFor(address, env) !== null;
}
