import type { FetchOptions } from "./fetch-options.ts";
import { externalGitConfig, gitTemplateDir } from "./git-cleanup.ts";
import { gitConfigFiles } from "./git-config-files.ts";
import { quote, quoteAll } from "./quote.ts";
import { notice } from "./say.ts";

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
    ...gitConfigFiles(options, "with-remote"),
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
