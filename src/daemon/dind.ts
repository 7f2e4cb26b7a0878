import { clientFiles, serverFiles } from "../job/docker-certificates.ts";
import { daemonOptions } from "../job/daemon-options.ts";
import { readDockerdArguments } from "../job/dockerd-arguments.ts";
import { uniqueAlias } from "../job/names.ts";
import type { CarriedArguments } from "../job/plan.ts";
import { type DaemonContribution, type DindWiring, noContribution, type WiringContext } from "./contribution.ts";

const certificateDirectory = "/certs";
const clientDirectory = "/certs/client";
const dataDirectory = "/var/lib/docker";
const plainPort = 2375;
const tlsPort = 2376;

/**
 * A daemon of the job's own beside it, alone privileged. Its certificates are put where the image's entrypoint looks
 * for them (docker:dind takes `/certs/server` as it is when there is no CA key to make others with), the client's in a
 * volume that the build container mounts read-only.
 */
export function contributeDind(wiring: DindWiring, context: WiringContext): DaemonContribution {
  const port = wiring.tls ? tlsPort : plainPort;
  const alias = context.sharedNetwork ? uniqueAlias(wiring.alias, context.suffix) : wiring.alias;
  const serverVolume = `${context.volumeBase}-docker-server-certs`;
  const clientVolume = `${context.volumeBase}-docker-certs`;
  const dataVolume = `${context.volumeBase}-docker-data`;
  const jobStore = wiring.lease === null ? [{ name: dataVolume, destination: dataDirectory }] : [];
  const carried = carriedArguments(wiring, context);
  const tlsBinds = [`${serverVolume}:${certificateDirectory}`, `${clientVolume}:${clientDirectory}`];
  return {
    ...noContribution,
    variables: {
      DOCKER_HOST: `tcp://${alias}:${port}`,
      DOCKER_TLS_CERTDIR: wiring.tls ? certificateDirectory : "",
      ...(wiring.tls ? { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: clientDirectory } : {}),
      TESTCONTAINERS_HOST_OVERRIDE: alias,
    },
    binds: wiring.tls ? [`${clientVolume}:${clientDirectory}:ro`] : [],
    volumes: [
      ...jobStore,
      ...(wiring.tls
        ? [
            { name: serverVolume, destination: certificateDirectory },
            { name: clientVolume, destination: clientDirectory },
          ]
        : []),
    ],
    seeds: wiring.tls ? seeds(wiring.tls) : [],
    store: wiring.lease === null ? null : { ...wiring.lease, destination: dataDirectory },
    sidecar: {
      image: wiring.image,
      alias,
      env: [`DOCKER_TLS_CERTDIR=${wiring.tls ? certificateDirectory : ""}`, ...context.proxy],
      command: [...carried.flatMap(({ arguments: list }) => list), ...wiring.command],
      carried,
      binds: [...jobStore.map(({ name, destination }) => `${name}:${destination}`), ...(wiring.tls ? tlsBinds : [])],
      tls: wiring.tls !== null,
      port,
      certificates: wiring.tls?.client ?? null,
    },
  };
}

function seeds(tls: NonNullable<DindWiring["tls"]>): DaemonContribution["seeds"] {
  return [
    {
      destination: certificateDirectory,
      files: serverFiles(tls.server, 0o600),
    },
    { destination: clientDirectory, files: clientFiles(tls.client) },
  ];
}

/** What the sidecar would otherwise not know of the network and the registries that the host's daemon uses. */
function carriedArguments(wiring: DindWiring, context: WiringContext): CarriedArguments[] {
  const given = readDockerdArguments(wiring.command).names;
  return [
    // Without a word about TLS dockerd waits 15 s on purpose before it listens on plain TCP.
    ...(wiring.tls ? [] : [{ key: "tls", arguments: ["--tls=false"] }]),
    ...daemonOptions(context, Number.NaN)
      .filter(({ option }) => !given.has(option))
      .map(({ key, arguments: list }) => ({ key, arguments: list })),
  ];
}
