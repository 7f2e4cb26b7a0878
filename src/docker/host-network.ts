import type { Readable } from "node:stream";
import { call, quickCallMs } from "./call.ts";
import { removeContainer, startContainer } from "./container.ts";
import { demux } from "./demux.ts";
import type { Engine } from "./engine.ts";

/** The routes, and of each interface its MTU, as `<interface> <MTU>` lines. */
const script = `cat /proc/net/route; cd /sys/class/net && for i in *; do echo "$i $(cat "$i/mtu")"; done`;

/**
 * What a container in the network of the daemon's host sees there: /proc/net/route, then a line with name and MTU for
 * each interface. The image needs sh.
 *
 * @param labels by which the container is found, should it stay behind
 * @throws DockerError; also where the daemon lets nobody into its host's network
 */
export async function readHostNetwork(
  engine: Engine,
  image: string,
  labels: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const { id } = await call("create a container in the host's network", signal, quickCallMs, (abortSignal) =>
    engine.createContainer({
      Image: image,
      Entrypoint: ["sh", "-c", script],
      Cmd: [],
      User: "0",
      Labels: { ...labels },
      // With user namespaces of its own a container may not be in the host's network.
      HostConfig: {
        NetworkMode: "host",
        UsernsMode: "host",
        AutoRemove: true,
        LogConfig: { Type: "none", Config: {} },
      },
      abortSignal,
    }),
  );
  try {
    const stream = await call("attach to the container", signal, quickCallMs, (abortSignal) =>
      engine.getContainer(id).attach({ stream: true, hijack: true, stdout: true, stderr: true, abortSignal }),
    );
    const removed = engine.getContainer(id).wait({ condition: "removed", abortSignal: signal });
    removed.catch(() => {});
    await startContainer(engine, id, signal);
    let output = "";
    for await (const { source, bytes } of demux(stream as unknown as Readable))
      if (source === "stdout") output += bytes.toString();
    await removed;
    return output;
  } catch (error) {
    // One that has run removes itself.
    await removeContainer(engine, id, false, AbortSignal.timeout(quickCallMs)).catch(() => {});
    throw error;
  }
}
