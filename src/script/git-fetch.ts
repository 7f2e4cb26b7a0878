import type { GitRemote } from "./git-auth.ts";
import { externalGitConfig, gitTemplateDir } from "./git-cleanup.ts";
import { type GitConfigEntry, gitConfigText } from "./git-config-text.ts";
import { gitLoginFiles, gitLogins, loginEntries, plainRewrites } from "./git-logins.ts";
import { quote, quoteAll } from "./quote.ts";
import { notice } from "./say.ts";

export interface FetchOptions {
  readonly projectDir: string;
  readonly tempDir: string;
  readonly remote: GitRemote;
  readonly refspecs: readonly string[];
  /** 0: whole history. */
  readonly depth: number;
  /** git_info.repo_object_format; "" counts as sha1. */
  readonly objectFormat: string;
  readonly fetchFlags: readonly string[];
  /** Sent to the server: `gitlab-runner 19.4.0 linux/amd64`. */
  readonly userAgent: string;
  /** Paths (in the helper) of CI_SERVER_TLS_CA_FILE and so on; "" for none. */
  readonly tls?: { readonly caFile: string; readonly certFile: string; readonly keyFile: string };
  /** X-Gitaly-Correlation-ID; "" (default) for none. */
  readonly correlationId?: string;
  /** FF_USE_GIT_BUNDLE_URIS; default true. */
  readonly bundleUris?: boolean;
}

/** Commands that bring the project directory to a repository with the job's refs, and go there. */
export function fetchLines(options: FetchOptions): string[] {
  const { projectDir, tempDir, remote, depth } = options;
  const config = quote(`${projectDir}/.git/config`);
  const external = externalGitConfig(tempDir);
  const format =
    options.objectFormat === "" || options.objectFormat === "sha1" ? [] : ["--object-format", options.objectFormat];
  const fetch = [
    "git",
    "-c",
    `http.userAgent=${options.userAgent}`,
    "fetch",
    "origin",
    "--no-recurse-submodules",
    ...options.refspecs,
    ...(depth > 0 ? ["--depth", String(depth)] : []),
    ...options.fetchFlags,
  ];
  return [
    ...configFiles(options),
    notice(depth > 0 ? `Fetching changes with git depth set to ${String(depth)}...` : "Fetching changes..."),
    `if [ -e ${quote(`${projectDir}/.git`)} ]; then _longshore_new=no; else _longshore_new=yes; fi`,
    `if [ -e ${config} ]; then _longshore_config=kept; else _longshore_config=ours; fi`,
    `git ${quoteAll(["init", projectDir, "--template", gitTemplateDir(tempDir), ...format])}`,
    `cd ${quote(projectDir)}`,
    `[ "$_longshore_new" = no ] || ${notice("Created fresh repository.")}`,
    // The template only fills in files that are missing.
    `if [ "$_longshore_config" = kept ]; then`,
    `  git remote add origin ${quote(remote.url)} 2>/dev/null || git remote set-url origin ${quote(remote.url)}`,
    `  git ${quoteAll(["config", "--replace-all", "include.path", external, "\\.gitlab-runner\\.ext\\.conf$"])}`,
    `fi`,
    ...(depth > 0
      ? [quoteAll(fetch)]
      : [`if [ -e .git/shallow ]; then ${quoteAll([...fetch, "--unshallow"])}; else ${quoteAll(fetch)}; fi`]),
  ];
}

function configFiles(options: FetchOptions): string[] {
  const external = externalGitConfig(options.tempDir);
  const template = gitTemplateDir(options.tempDir);
  const templateEntries: GitConfigEntry[] = [
    { section: "init", key: "defaultBranch", value: "none" },
    { section: "fetch", key: "recurseSubmodules", value: "false" },
    { section: "credential", key: "interactive", value: "never" },
    { section: "gc", key: "autoDetach", value: "false" },
    { section: "include", key: "path", value: external },
    { section: "remote", subsection: "origin", key: "url", value: options.remote.url },
    { section: "remote", subsection: "origin", key: "fetch", value: "+refs/heads/*:refs/remotes/origin/*" },
  ];
  const correlation = options.correlationId ?? "";
  const logins = gitLogins(options.remote.rewrites, options.tempDir);
  const lines = [
    `rm -rf ${quoteAll([template, external])} ${quote(gitLoginFiles(options.tempDir))}*`,
    `mkdir -p ${quote(template)}`,
    ...logins.map(({ file, text }) => writeFile(file, text)),
    writeFile(`${template}/config`, gitConfigText(templateEntries)),
    writeFile(external, gitConfigText(externalEntries(options))),
  ];
  return correlation === "" ? lines : [...lines, notice(`Gitaly correlation ID: ${correlation}`)];
}

function externalEntries({ remote, tempDir, tls, correlationId, bundleUris }: FetchOptions): GitConfigEntry[] {
  const entries = [...plainRewrites(remote.rewrites), ...gitLogins(remote.rewrites, tempDir).flatMap(loginEntries)];
  if (correlationId)
    entries.push({ section: "http", key: "extraHeader", value: `X-Gitaly-Correlation-ID: ${correlationId}` });
  if (bundleUris ?? true) entries.push({ section: "transfer", key: "bundleURI", value: "true" });
  const host = origin(remote.url);
  const files = { sslCAInfo: tls?.caFile ?? "", sslCert: tls?.certFile ?? "", sslKey: tls?.keyFile ?? "" };
  for (const [key, value] of Object.entries(files)) {
    if (value !== "" && host !== null) entries.push({ section: "http", subsection: host, key, value });
  }
  return entries;
}

function origin(url: string): string | null {
  const parsed = URL.parse(url);
  return parsed && (parsed.protocol === "http:" || parsed.protocol === "https:") ? parsed.origin : null;
}

function writeFile(path: string, content: string): string {
  return `printf '%s' ${quote(content)} >${quote(path)}`;
}
