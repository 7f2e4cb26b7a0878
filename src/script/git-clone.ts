import type { FetchOptions } from "./fetch-options.ts";
import { gitTemplateDir } from "./git-cleanup.ts";
import { gitConfigFiles } from "./git-config-files.ts";
import { fetchLines } from "./git-fetch.ts";
import { quote, quoteAll } from "./quote.ts";
import { notice } from "./say.ts";

export interface CloneOptions extends FetchOptions {
  /** A branch, a tag, or a whole `refs/...`; "" for what the server's HEAD names. */
  readonly ref: string;
  /** GIT_CLONE_EXTRA_FLAGS. */
  readonly cloneFlags: readonly string[];
}

/**
 * Commands that clone into the project directory, which is not there, and go there: FF_USE_GIT_NATIVE_CLONE. A ref that
 * is no branch and no tag takes git 2.49; an older one fetches as it does without the flag.
 */
export function cloneLines(options: CloneOptions): string[] {
  if (!options.ref.startsWith("refs/")) return nativeLines(options);
  return [
    ...gitIsAtLeast(2, 49),
    `if [ "$_longshore_new_git" = yes ]; then`,
    ...nativeLines(options),
    `else`,
    ...fetchLines(options),
    `fi`,
  ];
}

function nativeLines(options: CloneOptions): string[] {
  const { projectDir, tempDir, remote, depth, ref } = options;
  const clone = [
    "git",
    "-c",
    `http.userAgent=${options.userAgent}`,
    "clone",
    "--no-checkout",
    remote.url,
    projectDir,
    "--template",
    gitTemplateDir(tempDir),
    ...(depth > 0 ? ["--depth", String(depth)] : []),
    ...revision(ref),
    ...options.cloneFlags,
  ];
  const what = ref === "" ? "" : ` for ${ref}`;
  return [
    ...gitConfigFiles(options, "without-remote"),
    notice(`Cloning repository${what}${depth > 0 ? ` with git depth set to ${String(depth)}` : ""}...`),
    quoteAll(clone),
    `cd ${quote(projectDir)}`,
  ];
}

function revision(ref: string): string[] {
  if (ref === "") return [];
  return ref.startsWith("refs/") ? ["--revision", ref] : ["--branch", ref];
}

/** Sets `$_longshore_new_git` to yes or no. */
function gitIsAtLeast(major: number, minor: number): string[] {
  return [
    `_longshore_new_git=$(git version | {`,
    `  IFS='. ' read -r _ _ major minor _`,
    `  if [ "$major" -gt ${String(major)} ] || { [ "$major" -eq ${String(major)} ] && [ "$minor" -ge ${String(minor)} ]; }; then echo yes; else echo no; fi`,
    `})`,
  ];
}
