import { call, quickCallMs } from "./call.ts";
import { removeContainer } from "./container.ts";
import { readDaemonClock } from "./daemon-report.ts";
import type { Engine } from "./engine.ts";
import { outputOf } from "./short-container.ts";

/** The routes, and of each interface its MTU, as `<interface> <MTU>` lines. */
const script = `cat /proc/net/route; cd /sys/class/net && for i in *; do echo "$i $(cat "$i/mtu")"; done`;
/** Marks containers of this kind, beside whose they are. */
const purposeLabel = "dev.longshore.purpose";
const purpose = "host-network";

/**
 * What a container in the network of the daemon's host sees there: /proc/net/route, then a line with name and MTU for
 * each interface. The image needs sh. With the signal it ends at once, but for a short while to remove the container.
 *
 * @param labels by which the container is found, should it stay behind
 * @throws DockerError; also where the daemon lets nobody into its host's network
 */
export function readHostNetwork(
  engine: Engine,
  image: string,
  labels: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  return outputOf(
    engine,
    {
      purpose,
      image,
      script,
      labels: { ...labels, [purposeLabel]: purpose },
      // With user namespaces of its own a container may not be in the host's network.
      host: { NetworkMode: "host", UsernsMode: "host" },
    },
    signal,
  );
}

/**
 * Removes such containers that never started: those that did have removed themselves.
 *
 * @param labels all of which they carry, beside their purpose
 * @param lifeMs how long whoever made one may need it, by the daemon's clock
 */
export async function sweepHostNetworkProbes(
  engine: Engine,
  labels: Readonly<Record<string, string>>,
  lifeMs: number,
  signal: AbortSignal,
): Promise<void> {
  const label = [...Object.entries(labels), [purposeLabel, purpose]].map(([key, value]) => `${key}=${value}`);
  const filters = { label, status: ["created", "exited", "dead"] };
  const found = await call("look for leftovers", signal, quickCallMs, (abortSignal) =>
    engine.listContainers({ all: true, filters, abortSignal }),
  );
  if (found.length === 0) return;
  const now = await readDaemonClock(engine, signal);
  for (const { Id: id, Created: seconds } of found)
    if (now - seconds * 1000 > lifeMs) await removeContainer(engine, id, false, signal);
}
