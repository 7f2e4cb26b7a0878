import { call, quickCallMs } from "./call.ts";
import { removeContainer } from "./container.ts";
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

/** Removes such containers of earlier runs that never started: those that did have removed themselves. */
export async function sweepHostNetworkProbes(
  engine: Engine,
  labels: Readonly<Record<string, string>>,
  isOwn: (labels: Readonly<Record<string, string>>) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const label = [...Object.entries(labels), [purposeLabel, purpose]].map(([key, value]) => `${key}=${value}`);
  const filters = { label, status: ["created", "exited", "dead"] };
  const found = await call("look for leftovers", signal, quickCallMs, (abortSignal) =>
    engine.listContainers({ all: true, filters, abortSignal }),
  );
  for (const { Id: id, Labels: own } of found) if (!isOwn(own)) await removeContainer(engine, id, false, signal);
}
