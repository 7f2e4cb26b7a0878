/** Where the containers run, as config.toml says it. */
export interface DockerAddress {
  readonly host: string;
  readonly tlsVerify: boolean;
  readonly certPath: string;
}

/** What a case wants of an agent's configuration, beyond the defaults. */
export interface AgentSettings {
  /** Default 1. */
  readonly concurrent?: number;
  /** Lines before the first [[runners]]. */
  readonly global?: string;
  /** Lines of [[runners]]. */
  readonly runner?: string;
  /** Default what `register` writes: `/cache`. */
  readonly volumes?: readonly string[];
  /** Lines of [runners.docker]; its tables last. */
  readonly docker?: string;
}

export interface EntryFacts {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly image: string;
  readonly helperImage: string;
}

/** One config.toml for every runner that reads it: only what GitLab Runner knows, unless the case asks for more. Pure. */
export function configText(address: DockerAddress, entries: readonly EntryFacts[], settings: AgentSettings): string {
  const blocks = entries.map(
    (entry) => `
[[runners]]
name = ${quoted(entry.name)}
url = ${quoted(entry.url)}
token = ${quoted(entry.token)}
executor = "docker"
${settings.runner ?? ""}
[runners.docker]
host = ${quoted(address.host)}
tls_verify = ${address.tlsVerify}
tls_cert_path = ${quoted(address.certPath)}
image = ${quoted(entry.image)}
helper_image = ${quoted(entry.helperImage)}
pull_policy = "if-not-present"
volumes = ${JSON.stringify(settings.volumes ?? ["/cache"])}
${settings.docker ?? ""}
`,
  );
  return `concurrent = ${settings.concurrent ?? 1}\n${settings.global ?? ""}\n${blocks.join("")}`;
}

const quoted = (value: string): string => JSON.stringify(value);
