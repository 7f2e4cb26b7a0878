/** What the daemon is given to log in to a registry. */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
}

/** One place that credentials may come from; the first source that has a match wins. */
export interface CredentialSource {
  /** As the log names it. */
  readonly name: string;
  /** Registry (host, host/path or URL) -> credentials. */
  readonly entries: Readonly<Record<string, { readonly username: string; readonly password: string }>>;
}

const dockerHub = "docker.io";

/** Credentials for an image, by the longest registry path that is a prefix of the image's. */
export function credentialsFor(
  repository: string,
  sources: readonly CredentialSource[],
): { readonly credentials: RegistryCredentials; readonly source: string } | null {
  const wanted = withRegistry(repository);
  for (const source of sources) {
    const matches = Object.entries(source.entries)
      .map(([registry, login]) => ({ key: normalise(registry), registry, login }))
      .filter(({ key }) => wanted === key || wanted.startsWith(`${key}/`))
      .sort((a, b) => b.key.length - a.key.length);
    const best = matches[0];
    if (best) return { credentials: { ...best.login, serveraddress: best.registry }, source: source.name };
  }
  return null;
}

/** Reads the `auths` of a Docker config.json. null when the text is no such file. */
export function readDockerAuths(text: string): CredentialSource["entries"] | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  const auths = (parsed as { auths?: Record<string, { auth?: string; username?: string; password?: string }> } | null)?.auths;
  if (auths === undefined || auths === null || typeof auths !== "object") return {};
  const entries = Object.entries(auths).flatMap(([registry, login]) => {
    const [username, password] = login.auth ? splitAuth(login.auth) : [login.username, login.password];
    return username === undefined || password === undefined ? [] : [[registry, { username, password }] as const];
  });
  return Object.fromEntries(entries);
}

function splitAuth(auth: string): [string | undefined, string | undefined] {
  const decoded = Buffer.from(auth, "base64").toString("utf8").replaceAll("\0", "");
  const colon = decoded.indexOf(":");
  return colon === -1 ? [undefined, undefined] : [decoded.slice(0, colon), decoded.slice(colon + 1)];
}

/** `debian` and `user/app` are Docker Hub's; a first part with a dot or a port, or localhost, is a registry. */
function withRegistry(repository: string): string {
  const first = repository.split("/", 1)[0] as string;
  const hasRegistry = repository.includes("/") && (/[.:]/.test(first) || first === "localhost");
  return normalise(hasRegistry ? repository : `${dockerHub}/${repository}`);
}

function normalise(registry: string): string {
  const bare = registry.replace(/^https?:\/\//, "").replace(/\/+$/, "");
  const path = bare.replace(/\/v[12]$/, "");
  return path.replace(/^(?:index\.|registry-1\.)?docker\.io/, dockerHub);
}
