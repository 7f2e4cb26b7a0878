import { gitRemote } from "../script/git-auth.ts";
import type { GitSettings } from "../script/git-settings.ts";
import type { GetSourcesOptions } from "../script/git.ts";
import type { Directories } from "./job-variables.ts";
import type { PlanInput } from "./plan-input.ts";
import { configurationRefusal } from "./refusal.ts";
import type { Variables } from "./variables.ts";

/** The get_sources stage; null when there is nothing to do (strategy none, no hooks). */
export function planSources(
  input: PlanInput,
  variables: Variables,
  settings: GitSettings,
  directories: Directories,
  openUmask: boolean,
  flags: Readonly<Record<string, boolean>>,
): GetSourcesOptions | null {
  const { payload, runner } = input;
  const hook = (name: string) => payload.hooks.filter((entry) => entry.name === name).flatMap((entry) => entry.script);
  const admin = (script: string) => (script === "" ? [] : [script]);
  const preHooks = [...admin(runner.pre_get_sources_script), ...hook("pre_get_sources_script")];
  const postHooks = [...hook("post_get_sources_script"), ...admin(runner.post_get_sources_script)];
  const hooked = preHooks.length + postHooks.length > 0;
  const loginEverywhere = flags["FF_GIT_URLS_WITHOUT_TOKENS"] === true;
  if (settings.strategy === "none" && !hooked && !loginEverywhere) return null;
  const { correlationId = "" } = input;
  requireNoOptions(payload.git_info);
  const tlsFile = (key: string) => (variables.has(key) ? variables.get(key) : "");
  return {
    projectDir: directories.projectDir,
    tempDir: directories.tempDir,
    remote: gitRemote({
      repoUrl: payload.git_info.repo_url,
      cloneUrl: runner.clone_url,
      serverUrl: variables.get("CI_SERVER_URL") || runner.url,
      token: payload.token,
      projectPath: variables.get("CI_PROJECT_PATH"),
      forceHttps: settings.submodules.forceHttps,
      sshHost: variables.get("CI_SERVER_SHELL_SSH_HOST") || variables.get("CI_SERVER_HOST"),
      sshPort: variables.get("CI_SERVER_SHELL_SSH_PORT"),
    }),
    settings,
    sha: payload.git_info.sha,
    ref: payload.git_info.ref,
    refspecs: payload.git_info.refspecs,
    depth: payload.git_info.depth,
    objectFormat: payload.git_info.repo_object_format,
    userAgent: `gitlab-runner ${input.agent.protocolVersion} linux/${input.agent.architecture}`,
    safeDirectory: runner.safe_directory_checkout,
    cleanGitConfig: runner.clean_git_config,
    tls: {
      caFile: tlsFile("CI_SERVER_TLS_CA_FILE"),
      certFile: tlsFile("CI_SERVER_TLS_CERT_FILE"),
      keyFile: tlsFile("CI_SERVER_TLS_KEY_FILE"),
    },
    preHooks,
    postHooks,
    fileVariables: variables.files(),
    openUmask,
    bundleUris: flags["FF_USE_GIT_BUNDLE_URIS"] !== false,
    ...(flags["FF_USE_GITALY_CORRELATION_ID"] === false || correlationId === "" ? {} : { correlationId }),
    ...(flags["FF_USE_GIT_NATIVE_CLONE"] === true ? { nativeClone: true } : {}),
    ...(flags["FF_USE_GIT_PROACTIVE_AUTH"] === true ? { proactiveAuth: true } : {}),
    ...(loginEverywhere ? { loginEverywhere } : {}),
  };
}

/** Git takes options wherever they stand. Throws JobRefusal GIT_OPTION. */
function requireNoOptions({ sha, refspecs, repo_url }: PlanInput["payload"]["git_info"]): void {
  const option = [sha, repo_url, ...refspecs].find((text) => text.startsWith("-"));
  if (option === undefined) return;
  throw configurationRefusal(
    "GIT_OPTION",
    `git would take what the coordinator names as a revision or an address for an option: ${JSON.stringify(option)}`,
    "ask the admin of the coordinator: no revision begins with a hyphen",
    "admin",
  );
}
