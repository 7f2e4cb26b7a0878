import type { GitRemote } from "./git-auth.ts";

/** What is fetched, from where, and what git is told about it. */
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
  /** FF_USE_GIT_PROACTIVE_AUTH: the login goes along with the first request; default false. Git before 2.46 knows nothing of it. */
  readonly proactiveAuth?: boolean;
}
