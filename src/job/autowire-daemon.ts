import type { Wired } from "./autowire-report.ts";
import { daemonOptions, releaseOf } from "./daemon-options.ts";
import type { DockerClient } from "./docker-client.ts";
import { reachablePorts } from "./dockerd-arguments.ts";
import { environmentValue, withEnvironment } from "./image-config.ts";
import { commandOf, type OwnDind } from "./own-dind.ts";
import type { ContainerSpec } from "./plan.ts";
import { noProxyFor, proxyFor } from "./proxy.ts";
import type { Surroundings } from "./surroundings.ts";

/** What the network and the daemon that runs the job say to one inside it. */
export type DaemonSurroundings = Pick<Surroundings, "registryMirrors" | "insecureRegistries" | "proxy"> & {
  /** null: Docker's default is right. */
  readonly mtu: number | null;
  /** `nofile=1024:4096`, as config.toml has them for the build container. */
  readonly ulimits: readonly string[];
  /** Of the job's services: no proxy knows them. */
  readonly serviceNames: readonly string[];
};

/** How a dind will be started, and what its clients find then. */
export interface WiredDaemon {
  readonly container: ContainerSpec;
  /** null: that can't be told, or nobody outside its container reaches it. */
  readonly listening: Listening | null;
  readonly wired: readonly Wired[];
}

export interface Listening {
  readonly port: number;
  readonly tls: boolean;
  /** Where its certificates lie; "" without TLS. */
  readonly certificateDirectory: string;
}

const plainPort = 2375;
const tlsPort = 2376;
const defaultDirectory = "/certs";
const defaultSocket = "unix:///var/run/docker.sock";

interface Addition {
  readonly arguments: readonly string[];
  readonly why: string;
}

/**
 * Decides how one dind listens, so that it fits what its client will do; what the user said of the daemon stands.
 *
 * @param client null when the job's client talks to another daemon
 */
export function wireDaemon(dind: OwnDind, client: DockerClient | null, surroundings: DaemonSurroundings): WiredDaemon {
  const { daemon, service, image } = dind;
  const { container } = service;
  if (daemon.kind === "wrapped") return { container, listening: null, wired: [] };
  const { env, tls, wired } = daemon.kind === "entrypoint" ? tlsByEntrypoint(dind, client) : asWritten(dind);
  const wish = client?.daemon.kind === "tcp" ? client.daemon.port : null;
  const heard = hostsOf(dind, tls, wish, client !== null);
  const isPlain = tls.speaks === "plain" && heard.ports.length > 0;
  const isUndecided = isPlain && daemon.arguments.tls === null;
  const additions: Addition[] = [
    ...heard.additions,
    // dockerd waits on purpose before it listens on plain TCP, unless somebody has decided about TLS.
    ...(isUndecided
      ? [{ arguments: ["--tls=false"], why: "plain TCP as asked for, without dockerd's wait of 15 s" }]
      : []),
    ...ofSurroundings(dind, surroundings),
  ];
  const proxy = proxied(dind, surroundings);
  const rootless = ofRootlessNetwork(dind, surroundings);
  const added = additions.flatMap((addition) => addition.arguments);
  const port = heard.ports.find((candidate) => candidate === wish) ?? heard.ports[0];
  return {
    container: {
      ...container,
      env: [...env, ...proxy, ...rootless],
      command: added.length === 0 ? container.command : [...commandOf(container, image), ...added],
    },
    listening:
      port === undefined || tls.speaks === "unknown"
        ? null
        : { port, tls: tls.speaks === "tls", certificateDirectory: tls.directory },
    wired: [
      ...wired,
      ...additions.map(({ arguments: list, why }) => ({ what: list.join(" "), why })),
      ...rootless.map((what) => ({ what, why: "as in the network around it, or larger packets are lost" })),
      ...aboutProxy(proxy),
    ],
  };
}

interface Tls {
  /** unknown: with certificates that the user's own arguments name. */
  readonly speaks: "tls" | "plain" | "unknown";
  readonly directory: string;
}

interface DecidedTls {
  readonly env: readonly string[];
  readonly tls: Tls;
  readonly wired: readonly Wired[];
}

/** DOCKER_TLS_CERTDIR decides: as the user set it, else as the client will talk, else as the image has it. */
function tlsByEntrypoint({ daemon, service, image, configured }: OwnDind, client: DockerClient | null): DecidedTls {
  const { env } = service.container;
  const byUser = environmentValue(env, "DOCKER_TLS_CERTDIR");
  const byImage = environmentValue(image.env, "DOCKER_TLS_CERTDIR") ?? "";
  const said = daemon.kind === "wrapped" ? null : daemon.arguments.tls;
  const wish = said === false ? false : (client?.tls ?? null);
  const byClient = wish === null ? byImage : wish ? byImage || defaultDirectory : "";
  const written = byUser ?? byClient;
  const directory = written.replace(/(?<=.)\/+$/, "");
  const isByHand = said === true || isConfigured(configured);
  const speaks = directory !== "" ? "tls" : isByHand ? "unknown" : "plain";
  if (byUser !== undefined || directory === byImage) return { env, tls: { speaks, directory }, wired: [] };
  const why =
    said === false
      ? "its command says --tls=false"
      : `the job's docker will ${wish === true ? "use TLS" : "speak plain HTTP"}`;
  return {
    env: withEnvironment(env, "DOCKER_TLS_CERTDIR", directory),
    tls: { speaks, directory },
    wired: [{ what: `DOCKER_TLS_CERTDIR="${directory}" for the daemon`, why }],
  };
}

function asWritten({ daemon, service, configured }: OwnDind): DecidedTls {
  const isTls = (daemon.kind === "dockerd" && daemon.arguments.tls === true) || isConfigured(configured);
  return { env: service.container.env, tls: { speaks: isTls ? "unknown" : "plain", directory: "" }, wired: [] };
}

/** TLS by a configuration file of the user's. */
function isConfigured(keys: ReadonlySet<string>): boolean {
  return keys.has("tls") || keys.has("tlsverify");
}

/** The TCP ports on which it can be reached: those it has, and the one that the client will ask for. */
function hostsOf(
  { daemon, image, configured }: OwnDind,
  tls: Tls,
  wish: number | null,
  isUsed: boolean,
): { readonly ports: readonly number[]; readonly additions: readonly Addition[] } {
  if (daemon.kind === "wrapped") return { ports: [], additions: [] };
  const { hosts } = daemon.arguments;
  const written = reachablePorts(hosts);
  const listen = (port: number) => `--host=tcp://0.0.0.0:${port}`;
  if (daemon.kind === "entrypoint") {
    const ports = [tls.speaks === "tls" ? tlsPort : plainPort, ...written];
    // Without root a port must be forwarded as well, which is decided elsewhere.
    if (wish === null || ports.includes(wish) || image.user !== "") return { ports, additions: [] };
    return {
      ports: [...ports, wish],
      additions: [{ arguments: [listen(wish)], why: "the port that the job's DOCKER_HOST names" }],
    };
  }
  if (!isUsed || configured.has("hosts") || (wish === null ? written.length > 0 : written.includes(wish))) {
    return { ports: written, additions: [] };
  }
  const port = wish ?? plainPort;
  const socket = hosts.length === 0 ? [`--host=${defaultSocket}`] : [];
  return {
    ports: [...written, port],
    additions: [{ arguments: [...socket, listen(port)], why: "its command has no address that the job could reach" }],
  };
}

function ofSurroundings(dind: OwnDind, surroundings: DaemonSurroundings): Addition[] {
  const { daemon, configured, image, service } = dind;
  if (daemon.kind === "wrapped") return [];
  const { dns, dnsSearch } = service.container.host;
  const options = daemonOptions({ ...surroundings, dns, dnsSearch }, releaseOf(image)).filter(
    ({ option, key }) => !daemon.arguments.names.has(option) && !configured.has(key),
  );
  return joined(options);
}

/** What has one reason stands in one line. */
function joined(additions: readonly Addition[]): Addition[] {
  const reasons = [...new Set(additions.map(({ why }) => why))];
  return reasons.map((why) => ({
    arguments: additions.filter((addition) => addition.why === why).flatMap((addition) => addition.arguments),
    why,
  }));
}

/** Without root the daemon's containers reach the network through an interface of their own, which has an MTU as well. */
function ofRootlessNetwork({ service, image }: OwnDind, { mtu }: DaemonSurroundings): readonly string[] {
  const key = "DOCKERD_ROOTLESS_ROOTLESSKIT_MTU";
  const isRoot = ["", "0", "root"].includes(service.container.user === "" ? image.user : service.container.user);
  const isSet = environmentValue([...image.env, ...service.container.env], key) !== undefined;
  return mtu === null || isRoot || isSet ? [] : [`${key}=${mtu}`];
}

/** dockerd pulls through the proxy that its environment names. */
function proxied({ service, image }: OwnDind, { proxy, serviceNames }: DaemonSurroundings): readonly string[] {
  const { env } = service.container;
  const value = (key: string) => environmentValue([...image.env, ...env], key);
  const others = serviceNames.filter((name) => !service.container.aliases.includes(name));
  const carried = proxyFor(proxy, (key) => value(key) !== undefined, others);
  if (carried.length > 0) return carried;
  return noProxyFor(others, value, (key) => environmentValue(env, key) !== undefined);
}

/** Their values are nobody's business in a log. */
function aboutProxy(entries: readonly string[]): readonly Wired[] {
  if (entries.length === 0) return [];
  const names = entries.map((entry) => entry.split("=", 1)[0] as string);
  const isCarried = names.some((name) => name.toUpperCase() !== "NO_PROXY");
  const why = isCarried ? "the proxy of the daemon that runs the job" : "no proxy knows the job's services";
  return [{ what: `${names.join(" ")} for the daemon`, why }];
}
