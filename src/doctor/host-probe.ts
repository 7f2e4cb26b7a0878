import { defaultInterface, printRoutes } from "./default-route.ts";
import { dfOf, type DiskSpace, readDf } from "../upkeep/disk-space.ts";
import type { DoctorContext } from "./doctor-context.ts";
import { probeSpec } from "./job-site.ts";

/** The daemon's host, as a container there sees it. */
export interface HostFacts {
  /** Of the interface that the default route goes through; null when there is none. */
  readonly uplinkMtu: number | null;
  readonly disk: DiskSpace;
}

const script = `
${printRoutes}
for path in /sys/class/net/*/mtu; do echo "mtu $path $(cat "$path")"; done
${dfOf("/longshore-doctor")}
`;

/** Looks from a container on the host's own network, which has the daemon's directory read-only. */
export async function probeHost(context: DoctorContext, signal: AbortSignal): Promise<HostFacts> {
  const [bench, { rootDir }, image] = await Promise.all([context.bench(), context.report(), context.helperImage()]);
  const spec = probeSpec(bench, context.runner, image, "host");
  const id = await bench.container(
    {
      ...spec,
      env: [],
      binds: [`${rootDir}:/longshore-doctor:ro`],
      // With the daemon's own user namespaces there is no host network for others.
      host: { ...spec.host, usernsMode: "host", links: [], extraHosts: [], dns: [], dnsSearch: [], sysctls: {} },
    },
    { kind: "mode", mode: "host" },
    signal,
  );
  return readHostFacts((await bench.run(id, script, [], signal)).output);
}

/** What the script printed. */
export function readHostFacts(output: string): HostFacts {
  const lines = output.split("\n");
  const uplink = defaultInterface(output);
  const mtu = lines.find((line) => uplink !== null && line.startsWith(`mtu /sys/class/net/${uplink}/mtu `));
  return {
    uplinkMtu: mtu === undefined ? null : Number(mtu.split(" ")[2]),
    disk: readDf(output),
  };
}
