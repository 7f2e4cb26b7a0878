/** What a command line of dockerd decides. */
export interface DockerdArguments {
  /** Values of --host. */
  readonly hosts: readonly string[];
  /** null: nothing on the command line decides about TLS. */
  readonly tls: boolean | null;
  readonly configFile: string;
  /** Names of all options, without dashes. */
  readonly names: ReadonlySet<string>;
}

const defaultConfigFile = "/etc/docker/daemon.json";
const shortNames: Readonly<Record<string, string>> = { H: "host", D: "debug", s: "storage-driver", l: "log-level" };
const falsehoods = ["0", "f", "F", "false", "FALSE", "False"];

/** Reads the arguments that dockerd gets, its own name not among them. */
export function readDockerdArguments(args: readonly string[]): DockerdArguments {
  const options = args.flatMap((argument, index) => {
    const match = /^(?:--([a-z0-9-]+)(?:=(.*))?|-([A-Za-z])(?:=?(.+))?)$/s.exec(argument);
    if (match === null) return [];
    const [, long, longValue, short = "", shortValue] = match;
    const name = long ?? shortNames[short] ?? short;
    return [{ name, value: longValue ?? shortValue, next: args[index + 1] ?? "" }];
  });
  const valuesOf = (name: string) =>
    options.filter((option) => option.name === name).map(({ value, next }) => value ?? next);
  const names = new Set(options.map(({ name }) => name));
  // Whatever its value: dockerd takes --tlsverify=false for TLS that doesn't ask for certificates.
  const byVerify = names.has("tlsverify");
  const tls = options.findLast(({ name }) => name === "tls");
  return {
    hosts: valuesOf("host"),
    tls: byVerify ? true : tls === undefined ? null : !falsehoods.includes(tls.value ?? "true"),
    configFile: valuesOf("config-file").at(-1) ?? defaultConfigFile,
    names,
  };
}

/** Ports of the TCP addresses that others than the daemon's own container reach. */
export function reachablePorts(hosts: readonly string[]): number[] {
  return hosts.flatMap((host) => {
    const match = /^tcp:\/\/(\[[^\]]*\]|[^:/]*)(?::(\d+))?/.exec(host);
    if (match === null || /^(?:localhost|127\..*|\[::1\])$/.test(match[1] ?? "")) return [];
    return match[2] === undefined ? [] : [Number(match[2])];
  });
}
