/** What the daemon is given to log in to a registry. */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
  /** An OAuth2 refresh token, which some registries give instead of a password. */
  readonly identitytoken?: string;
}

export type Login = Omit<RegistryCredentials, "serveraddress">;

/** One place that credentials may come from. */
export interface CredentialSource {
  /** As the log names it. */
  readonly name: string;
  /** Registry (host, host/path or URL) -> credentials. */
  readonly entries: Readonly<Record<string, Login>>;
  /** Registry -> the credential helper that knows its login; asked before `entries` of the same registry. */
  readonly helpers?: Readonly<Record<string, string>>;
}

/** A login that may be meant for an image: one that is known, or a helper that is to be asked for it. */
export interface LoginCandidate {
  /** As it is written where it comes from. */
  readonly registry: string;
  readonly source: string;
  /** null: `helper` knows. */
  readonly login: Login | null;
  readonly helper: string;
}

const dockerHub = "docker.io";

/**
 * Credentials for an image, by the longest registry path that is a prefix of the image's, whichever source has it; of
 * several sources with that path the first one's. Without those that a helper has to be asked for.
 */
export function credentialsFor(
  repository: string,
  sources: readonly CredentialSource[],
): { readonly credentials: RegistryCredentials; readonly source: string } | null {
  for (const { login, registry, source } of loginCandidates(repository, sources)) {
    if (login !== null) return { credentials: { ...login, serveraddress: registry }, source };
  }
  return null;
}

/** All logins that an image's registry may be meant by, the best first. */
export function loginCandidates(repository: string, sources: readonly CredentialSource[]): LoginCandidate[] {
  const wanted = imagePath(repository);
  return sources
    .flatMap(({ name: source, entries, helpers = {} }) => [
      ...Object.entries(helpers).map(([registry, helper]) => ({ registry, source, login: null, helper })),
      ...Object.entries(entries).map(([registry, login]) => ({ registry, source, login, helper: "" })),
    ])
    .map((candidate) => ({ path: registryPath(candidate.registry), candidate }))
    .filter(({ path }) => wanted === path || wanted.startsWith(`${path}/`))
    .sort((a, b) => b.path.length - a.path.length)
    .map(({ candidate }) => candidate);
}

/** What a Docker config.json says of logins. */
export interface DockerClientConfig {
  readonly entries: CredentialSource["entries"];
  /** `credsStore`; "" for none. */
  readonly store: string;
  /** `credHelpers`: registry -> name. */
  readonly helpers: Readonly<Record<string, string>>;
}

/**
 * Reads a Docker config.json; an entry that holds no login is left out. null when the text is no such file.
 *
 * @param isLegacy a .dockercfg, where the logins may stand at the top
 */
export function readDockerConfig(text: string, isLegacy = false): DockerClientConfig | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(parsed)) return null;
  const { credsStore, credHelpers } = parsed;
  const auths = isLegacy && parsed["auths"] === undefined ? parsed : parsed["auths"];
  const entries = Object.entries(isRecord(auths) ? auths : {}).flatMap(([registry, entry]) => {
    const login = readLogin(entry);
    return login === null ? [] : [[registry, login] as const];
  });
  const named = Object.entries(isRecord(credHelpers) ? credHelpers : {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "",
  );
  return {
    entries: Object.fromEntries(entries),
    store: typeof credsStore === "string" ? credsStore : "",
    helpers: Object.fromEntries(named),
  };
}

/** The logins that stand in a Docker config.json themselves. null when the text is no such file. */
export function readDockerAuths(text: string): CredentialSource["entries"] | null {
  return readDockerConfig(text)?.entries ?? null;
}

function readLogin(entry: unknown): Login | null {
  if (!isRecord(entry)) return null;
  const text = (key: string) => (typeof entry[key] === "string" ? entry[key] : "");
  const written =
    text("auth") === "" ? { username: text("username"), password: text("password") } : splitAuth(text("auth"));
  if (written === null) return null;
  const identitytoken = text("identitytoken");
  if (identitytoken !== "") return { ...written, identitytoken };
  return written.username === "" && written.password === "" ? null : written;
}

function splitAuth(auth: string): Login | null {
  const decoded = Buffer.from(auth, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  if (colon === -1) return null;
  return { username: decoded.slice(0, colon), password: trimmed(decoded.slice(colon + 1), "\0") };
}

/** `debian` and `user/app` are Docker Hub's; a first part with a dot or a port, or localhost, is a registry. */
function imagePath(repository: string): string {
  const first = repository.split("/", 1)[0] as string;
  const hasRegistry = repository.includes("/") && (/[.:]/.test(first) || first.toLowerCase() === "localhost");
  return canonical(hasRegistry ? repository : `${dockerHub}/${repository}`);
}

/** Of a URL (the old form, `https://index.docker.io/v1/`) only the host counts. */
function registryPath(registry: string): string {
  const bare = registry.replace(/^https?:\/\//i, "");
  return canonical(bare === registry ? trimmedEnd(registry, "/") : (bare.split("/", 1)[0] as string));
}

/** Host names are the same in any case, and Docker Hub has several. */
function canonical(path: string): string {
  const [host = "", ...rest] = path.split("/");
  const name = host.toLowerCase().replace(/^(?:index|registry-1)\.docker\.io$/, dockerHub);
  return [name, ...rest].join("/");
}

function trimmed(text: string, char: string): string {
  const ended = trimmedEnd(text, char);
  let start = 0;
  while (ended[start] === char) start++;
  return ended.slice(start);
}

/** Not by a pattern such as `x+$`, whose time grows with the square of a run in the middle: the text is the job's. */
function trimmedEnd(text: string, char: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === char) end--;
  return text.slice(0, end);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
