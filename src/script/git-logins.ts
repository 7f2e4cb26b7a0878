import type { GitRewrite } from "./git-auth.ts";
import type { GitConfigEntry } from "./git-config-text.ts";
import { quote } from "./quote.ts";

/** A server's login as git asks for it, in a file of its own. */
export interface GitLogin {
  readonly origin: string;
  readonly username: string;
  readonly file: string;
  /** What a credential helper prints. */
  readonly text: string;
}

/** Where logins lie; a number follows. */
export function gitLoginFiles(tempDir: string): string {
  return `${tempDir}/.gitlab-runner.login-`;
}

/**
 * The logins that rewrites hold, one for each server. Git hands a URL to the program that speaks HTTP as an argument,
 * with a password in it, and arguments are seen by everybody on the host: so git is given the password in another way.
 */
export function gitLogins(rewrites: readonly GitRewrite[], tempDir: string): GitLogin[] {
  const logins = new Map<string, GitLogin>();
  for (const { to } of rewrites) {
    const url = withLogin(to);
    if (url === null || logins.has(url.origin)) continue;
    const [username, password] = [url.username, url.password].map(oneLine) as [string, string];
    logins.set(url.origin, {
      origin: url.origin,
      username,
      file: `${gitLoginFiles(tempDir)}${logins.size}`,
      text: `username=${username}\npassword=${password}\n`,
    });
  }
  return [...logins.values()];
}

/**
 * Settings for one login. Helpers that a hook or an image set up are left out for that server: git would hand them the
 * job's token to be stored. Who names another user than the token's is asked for a password as ever.
 */
export function loginEntries({ origin, username, file }: GitLogin): GitConfigEntry[] {
  const answer = `!grep -qxF ${quote(`username=${username}`)} && cat ${quote(file)} #`;
  const entry = (key: string, value: string) => ({ section: "credential", subsection: origin, key, value });
  return [entry("username", username), entry("helper", ""), entry("helper", answer)];
}

/** The rewrites that are left when no URL holds a password any more. */
export function plainRewrites(rewrites: readonly GitRewrite[]): GitConfigEntry[] {
  return rewrites.flatMap(({ from, to }) => {
    const plain = withoutLogin(to);
    return plain === from ? [] : [{ section: "url", subsection: plain, key: "insteadOf", value: from }];
  });
}

function withLogin(text: string): URL | null {
  const url = URL.parse(text);
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  return isHttp && url.password !== "" ? url : null;
}

function withoutLogin(text: string): string {
  const url = withLogin(text);
  if (url === null) return text;
  url.username = "";
  url.password = "";
  return url.href;
}

/** A line break would begin another field of the answer. */
function oneLine(encoded: string): string {
  try {
    return decodeURIComponent(encoded).replace(/[\r\n\0]/g, "");
  } catch {
    return encoded;
  }
}
