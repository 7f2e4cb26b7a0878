export interface GitRemoteOptions {
  /** git_info.repo_url, credentials included. */
  readonly repoUrl: string;
  /** `clone_url` of config.toml, "" for none. */
  readonly cloneUrl: string;
  /** The coordinator's URL: submodules on the same server are fetched with the job's token. */
  readonly serverUrl: string;
  /** CI_JOB_TOKEN. */
  readonly token: string;
  /** `group/project`. */
  readonly projectPath: string;
  /** GIT_SUBMODULE_FORCE_HTTPS. */
  readonly forceHttps: boolean;
  /** CI_SERVER_SHELL_SSH_HOST, or else CI_SERVER_HOST, and CI_SERVER_SHELL_SSH_PORT; "" when unset. */
  readonly sshHost: string;
  readonly sshPort: string;
}

/** What git is told about the server. `url` holds no credentials; the rewrites do. */
export interface GitRemote {
  readonly url: string;
  /** `to` replaces the prefix `from` of any URL that git meets. */
  readonly rewrites: readonly GitRewrite[];
}

export interface GitRewrite {
  readonly from: string;
  readonly to: string;
}

/** Where the sources come from, and which URLs get the job's token. A repo_url that is no URL (a path) is used as it is. */
export function gitRemote(options: GitRemoteOptions): GitRemote {
  const clone = parse(options.cloneUrl);
  const remote = clone ? cloneRemote(clone, options) : parse(options.repoUrl);
  const url = remote ? bare(remote) : options.repoUrl;
  const rewrites: GitRewrite[] = [];
  if (remote && remote.href !== url && isHttp(remote)) rewrites.push({ from: url, to: remote.href });

  const base = clone ?? parse(options.serverUrl);
  if (base && isHttp(base)) {
    const to = directory(withToken(base, options.token).href);
    rewrites.push({ from: directory(bare(base)), to });
    if (options.forceHttps) rewrites.push(...sshRewrites(to, options, base.hostname));
    const repo = parse(options.repoUrl);
    if (repo && isHttp(repo)) {
      const root = new URL("/", repo);
      rewrites.push({ from: bare(root), to: withToken(root, options.token).href });
    }
  }
  return { url, rewrites: unique(rewrites) };
}

function cloneRemote(clone: URL, options: GitRemoteOptions): URL {
  const remote = new URL(clone);
  remote.pathname = `${clone.pathname.replace(/\/+$/, "")}/${options.projectPath}.git`;
  if (remote.protocol !== "ssh:") return withToken(remote, options.token);
  if (remote.username === "") remote.username = "git";
  return remote;
}

function sshRewrites(to: string, options: GitRemoteOptions, serverHost: string): GitRewrite[] {
  const host = options.sshHost || serverHost;
  const ordinary = options.sshPort === "" || options.sshPort === "22";
  if (!ordinary) return [{ from: `ssh://git@${host}:${options.sshPort}/`, to }];
  return [
    { from: `git@${host}:`, to },
    { from: `ssh://git@${host}/`, to },
  ];
}

function withToken(url: URL, token: string): URL {
  const copy = new URL(url);
  copy.username = "gitlab-ci-token";
  copy.password = token;
  return copy;
}

/** Without credentials, but for the user name of an ssh URL. */
function bare(url: URL): string {
  const copy = new URL(url);
  copy.password = "";
  if (isHttp(url)) copy.username = "";
  return copy.href;
}

/** Ends in a slash: a prefix without one would give the token to `example.com.elsewhere.org` as well. */
function directory(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}

function isHttp(url: URL): boolean {
  return url.protocol === "http:" || url.protocol === "https:";
}

function parse(text: string): URL | null {
  return URL.parse(text);
}

function unique(rewrites: readonly GitRewrite[]): GitRewrite[] {
  return [...new Map(rewrites.map((rewrite) => [`${rewrite.from} ${rewrite.to}`, rewrite])).values()];
}
