/** What the daemon is given to log in to a registry. */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
  /** An OAuth2 refresh token, which some registries give instead of a password. */
  readonly identitytoken?: string;
}

type Login = Omit<RegistryCredentials, "serveraddress">;

/** One place that credentials may come from. */
export interface CredentialSource {
  /** As the log names it. */
  readonly name: string;
  /** Registry (host, host/path or URL) -> credentials. */
  readonly entries: Readonly<Record<string, Login>>;
}

const dockerHub = "docker.io";

/**
 * Credentials for an image, by the longest registry path that is a prefix of the image's, whichever source has it; of
 * several sources with that path the first one's.
 */
export function credentialsFor(
  repository: string,
  sources: readonly CredentialSource[],
): { readonly credentials: RegistryCredentials; readonly source: string } | null {
  const wanted = imagePath(repository);
  const matches = sources
    .flatMap((source) =>
      Object.entries(source.entries).map(([registry, login]) => ({
        path: registryPath(registry),
        registry,
        login,
        source: source.name,
      })),
    )
    .filter(({ path }) => wanted === path || wanted.startsWith(`${path}/`))
    .sort((a, b) => b.path.length - a.path.length);
  const best = matches[0];
  return best === undefined
    ? null
    : { credentials: { ...best.login, serveraddress: best.registry }, source: best.source };
}

/** Reads the `auths` of a Docker config.json; an entry that holds no login is left out. null when the text is no such file. */
export function readDockerAuths(text: string): CredentialSource["entries"] | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(parsed)) return null;
  const { auths } = parsed;
  if (!isRecord(auths)) return {};
  return Object.fromEntries(
    Object.entries(auths).flatMap(([registry, entry]) => {
      const login = readLogin(entry);
      return login === null ? [] : [[registry, login] as const];
    }),
  );
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
