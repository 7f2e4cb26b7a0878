import { call, quickCallMs } from "./call.ts";
import type { Engine } from "./engine.ts";

/** A container as it was made and as it is now: the image's settings and its own, merged by the daemon. */
export interface ContainerDetails {
  readonly running: boolean;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** Why it did not start; "" usually. */
  readonly error: string;
  /** When its last run began and ended, in milliseconds since the epoch by the daemon's clock; negative when it never has. */
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly env: readonly string[];
  readonly volumes: readonly string[];
  readonly user: string;
  readonly privileged: boolean;
  /** Bytes; 0 for no limit. */
  readonly memoryLimit: number;
  /** Bind strings, `source:destination[:mode]`. */
  readonly binds: readonly string[];
  /** Names on its networks beside its own. */
  readonly aliases: readonly string[];
  /** Id of its image. */
  readonly imageId: string;
}

/** Asks for a container by its name or id (Docker API, ContainerInspect). */
export async function readContainerDetails(
  engine: Engine,
  name: string,
  signal: AbortSignal,
): Promise<ContainerDetails> {
  const { Id, State, Config, HostConfig, Image, NetworkSettings } = await call(
    "inspect the container",
    signal,
    quickCallMs,
    (abortSignal) => engine.getContainer(name).inspect({ abortSignal }),
  );
  const { Entrypoint: entrypoint } = Config;
  return {
    running: State.Running,
    exitCode: State.ExitCode,
    oomKilled: State.OOMKilled,
    error: State.Error,
    startedAt: Date.parse(State.StartedAt),
    finishedAt: Date.parse(State.FinishedAt),
    entrypoint: typeof entrypoint === "string" ? [entrypoint] : (entrypoint ?? []),
    command: Config.Cmd ?? [],
    env: Config.Env ?? [],
    volumes: Object.keys(Config.Volumes ?? {}),
    user: Config.User,
    privileged: HostConfig.Privileged ?? false,
    memoryLimit: HostConfig.Memory ?? 0,
    binds: HostConfig.Binds ?? [],
    aliases: Object.values(NetworkSettings.Networks)
      .flatMap((network) => network.Aliases ?? [])
      // The daemon's own addition.
      .filter((alias) => !Id.startsWith(alias)),
    imageId: Image,
  };
}
