import type { FetchOptions } from "./fetch-options.ts";
import { externalGitConfig, gitTemplateDir } from "./git-cleanup.ts";
import { type GitConfigEntry, gitConfigText } from "./git-config-text.ts";
import { gitLoginFiles, gitLogins, loginEntries, plainRewrites } from "./git-logins.ts";
import { quote, quoteAll } from "./quote.ts";
import { notice } from "./say.ts";
import { untraced } from "./xtrace.ts";

/**
 * Commands that write what git is told beside the repository: the template of a new one's settings, and the file with
 * all that is known of the server. `git clone` adds the remote by itself, and would fetch all branches for a second one.
 */
export function gitConfigFiles(options: FetchOptions, remote: "with-remote" | "without-remote"): string[] {
  const external = externalGitConfig(options.tempDir);
  const template = gitTemplateDir(options.tempDir);
  const templateEntries: GitConfigEntry[] = [
    { section: "init", key: "defaultBranch", value: "none" },
    { section: "fetch", key: "recurseSubmodules", value: "false" },
    { section: "credential", key: "interactive", value: "never" },
    { section: "gc", key: "autoDetach", value: "false" },
    { section: "include", key: "path", value: external },
  ];
  const remoteEntries: GitConfigEntry[] = [
    { section: "remote", subsection: "origin", key: "url", value: options.remote.url },
    { section: "remote", subsection: "origin", key: "fetch", value: "+refs/heads/*:refs/remotes/origin/*" },
  ];
  const entries = remote === "with-remote" ? [...templateEntries, ...remoteEntries] : templateEntries;
  const correlation = options.correlationId ?? "";
  return [
    `rm -rf ${quote(template)}`,
    `mkdir -p ${quote(template)}`,
    writeFile(`${template}/config`, gitConfigText(entries)),
    ...externalConfigFile(options),
    ...(correlation === "" ? [] : [notice(`Gitaly correlation ID: ${correlation}`)]),
  ];
}

/** Commands that write the file with what is known of the server, and the logins that it names. */
export function externalConfigFile(options: FetchOptions): string[] {
  const external = externalGitConfig(options.tempDir);
  const logins = gitLogins(options.remote.rewrites, options.tempDir);
  return [
    `rm -rf ${quoteAll([external])} ${quote(gitLoginFiles(options.tempDir))}*`,
    ...logins.map(({ file, text }) => untraced(writeFile(file, text))),
    // A server's address may hold a token in place of a user's name.
    untraced(writeFile(external, gitConfigText(externalEntries(options)))),
  ];
}

function externalEntries(options: FetchOptions): GitConfigEntry[] {
  const { remote, tempDir, tls, correlationId, bundleUris, proactiveAuth } = options;
  const entries = [...plainRewrites(remote.rewrites), ...gitLogins(remote.rewrites, tempDir).flatMap(loginEntries)];
  if (correlationId)
    entries.push({ section: "http", key: "extraHeader", value: `X-Gitaly-Correlation-ID: ${correlationId}` });
  if (bundleUris ?? true) entries.push({ section: "transfer", key: "bundleURI", value: "true" });
  const host = origin(remote.url);
  const files = { sslCAInfo: tls?.caFile ?? "", sslCert: tls?.certFile ?? "", sslKey: tls?.keyFile ?? "" };
  for (const [key, value] of Object.entries(files)) {
    if (value !== "" && host !== null) entries.push({ section: "http", subsection: host, key, value });
  }
  // Of this host alone: bundles lie on others, where there is no login to be had.
  if (proactiveAuth === true && host !== null)
    entries.push({ section: "http", subsection: host, key: "proactiveAuth", value: "basic" });
  return entries;
}

function origin(url: string): string | null {
  const parsed = URL.parse(url);
  return parsed && (parsed.protocol === "http:" || parsed.protocol === "https:") ? parsed.origin : null;
}

function writeFile(path: string, content: string): string {
  return `printf '%s' ${quote(content)} >${quote(path)}`;
}
