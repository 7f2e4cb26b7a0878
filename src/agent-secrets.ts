import type { AgentConfig } from "./config/schema.ts";
import type { JobPayload } from "./coordinator/job-payload.ts";
import type { ProxyEnvironment } from "./coordinator/proxy.ts";
import { readDockerAuths } from "./docker/registry-auth.ts";
import type { OtlpSettings } from "./spans/otlp-settings.ts";
import { KnownSecrets } from "./support/known-secrets.ts";

const secretKey = /token|passw|passphrase|secret|credential|_key$|_auth$|auth_config$/i;

interface Sources {
  /** What the agent's log looks at; default: nobody does. */
  readonly secrets?: KnownSecrets;
  readonly config: AgentConfig;
  readonly proxies: ProxyEnvironment;
  readonly otlp?: OtlpSettings;
}

/** Tells the agent's log what is secret, for as long as it may come up. */
export class AgentSecrets {
  readonly #known: KnownSecrets;
  readonly #sources: Sources;

  constructor(sources: Sources) {
    this.#known = sources.secrets ?? new KnownSecrets();
    this.#sources = sources;
    this.ofConfig(sources.config);
  }

  ofConfig(config: AgentConfig): void {
    const { proxies, otlp } = this.#sources;
    this.#known.set("config", secretsOfConfig(config, proxies, otlp));
  }

  readonly ofJob = (job: JobPayload): void => this.#known.set(`job ${job.id}`, secretsOfJob(job));

  /** All that the job made is removed. */
  jobIsGone(id: number): void {
    this.#known.forget(`job ${id}`);
  }
}

/** What the agent's own settings keep secret: tokens, keys, passwords in URLs, `environment` under a name that says so. */
export function secretsOfConfig(config: AgentConfig, proxies: ProxyEnvironment, otlp?: OtlpSettings): string[] {
  const proxyUrls = Object.entries(proxies).map(([key, value]) => (/_proxy$/i.test(key) ? (value ?? "") : ""));
  const ofRunners = config.runners.flatMap(({ token, url, clone_url: cloneUrl, environment, docker, cache }) => [
    token,
    ...[url, cloneUrl, docker.host].flatMap(passwordOf),
    ...environment.flatMap(ofEnvironment),
    cache?.s3?.AccessKey,
    cache?.s3?.SecretKey,
    cache?.s3?.SessionToken,
    cache?.gcs?.PrivateKey,
    cache?.azure?.AccountKey,
  ]);
  const headers = Object.values(otlp?.endpoint?.headers ?? {});
  return [...ofRunners, ...proxyUrls.flatMap(passwordOf), ...headers].filter((secret) => secret !== undefined);
}

/** What a job keeps secret: its tokens, logins, masked and file variables, passwords in URLs. */
export function secretsOfJob(job: JobPayload): string[] {
  return [
    job.token,
    ...job.dependencies.map(({ token }) => token),
    ...job.credentials.map(({ password }) => password),
    ...passwordOf(job.git_info.repo_url),
    ...job.variables.flatMap(({ key, value, masked, file, public: isPublic }) => [
      ...(masked || (file && !isPublic) ? [value] : []),
      ...(isAuthConfig(key) ? passwordsIn(value) : passwordOf(value)),
    ]),
  ];
}

function ofEnvironment(entry: string): string[] {
  const at = entry.indexOf("=");
  const [key, value] = [entry.slice(0, at), entry.slice(at + 1)];
  if (isAuthConfig(key)) return passwordsIn(value);
  return secretKey.test(key) ? [value] : passwordOf(value);
}

const isAuthConfig = (key: string): boolean => key === "DOCKER_AUTH_CONFIG";

function passwordsIn(authConfig: string): string[] {
  return Object.values(readDockerAuths(authConfig) ?? {}).flatMap(({ username, password, identitytoken = "" }) => [
    password,
    identitytoken,
    Buffer.from(`${username}:${password}`).toString("base64"),
  ]);
}

/** Of a URL, as it is written and as it is meant. No pattern: the text may be a job's, and long. */
function passwordOf(text: string): string[] {
  const start = text.indexOf("://") + 3;
  if (start === 2) return [];
  const authority = text.slice(start).split(/[/?#\s]/, 1)[0] ?? "";
  const user = authority.slice(0, Math.max(authority.lastIndexOf("@"), 0));
  const written = user.slice(user.indexOf(":") + 1);
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written];
  }
}
