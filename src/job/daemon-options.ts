import { environmentValue, type ImageConfig } from "./image-config.ts";
import { isReachable } from "./proxy.ts";

/** What a Docker daemon inside a job should know of the world around it. */
export interface InnerSettings {
  /** null: Docker's default is right. */
  readonly mtu: number | null;
  readonly registryMirrors: readonly string[];
  readonly insecureRegistries: readonly string[];
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  /** `nofile=1024:4096` */
  readonly ulimits: readonly string[];
}

/** Arguments of dockerd for one of them. */
export interface DaemonOption {
  /** As on the command line, without dashes. */
  readonly option: string;
  /** The same in daemon.json: dockerd doesn't start when it stands in both. */
  readonly key: string;
  readonly arguments: readonly string[];
  readonly why: string;
}

/** The first dockerd that takes options for the networks that are made in it. */
const networkOptionsSince = 24;

/** First number of the version of docker's own images; NaN of others. */
export function releaseOf({ env }: Pick<ImageConfig, "env">): number {
  return Number.parseInt(environmentValue(env, "DOCKER_VERSION") ?? "", 10);
}

/** Arguments that give the networks which are made in a daemon their MTU, as `--mtu` gives it to its default bridge. */
export function networkOptions(mtu: number, release: number): readonly string[] {
  return release >= networkOptionsSince ? [`--default-network-opt=bridge=com.docker.network.driver.mtu=${mtu}`] : [];
}

/** @param version of dockerd, its first number; NaN when it isn't known */
export function daemonOptions(settings: InnerSettings, version: number): readonly DaemonOption[] {
  const { mtu } = settings;
  const each = (option: string, key: string, values: readonly string[], why: string): DaemonOption => ({
    option,
    key,
    arguments: values.map((value) => `--${option}=${value}`),
    why,
  });
  const around = "as in the network around it, or larger packets are lost";
  return [
    ...(mtu === null
      ? []
      : [
          each("mtu", "mtu", [String(mtu)], around),
          {
            option: "default-network-opt",
            key: "default-network-opts",
            arguments: networkOptions(mtu, version),
            why: around,
          },
        ]),
    each(
      "registry-mirror",
      "registry-mirrors",
      settings.registryMirrors.filter(isReachable),
      "the mirror of the daemon that runs the job",
    ),
    each(
      "insecure-registry",
      "insecure-registries",
      settings.insecureRegistries.filter(isReachable),
      "the daemon that runs the job trusts it as well",
    ),
    each("dns", "dns", settings.dns, "as `dns` in config.toml"),
    each("dns-search", "dns-search", settings.dnsSearch, "as `dns_search` in config.toml"),
    each("default-ulimit", "default-ulimits", settings.ulimits, "as `ulimit` in config.toml"),
  ].filter(({ arguments: list }) => list.length > 0);
}
