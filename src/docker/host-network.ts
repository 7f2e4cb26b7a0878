import { randomBytes } from "node:crypto";
import { addAbortSignal, type Readable } from "node:stream";
import { call, quickCallMs } from "./call.ts";
import { removeContainer, startContainer } from "./container.ts";
import { createOptions } from "./create-options.ts";
import { demux } from "./demux.ts";
import type { Engine } from "./engine.ts";
import { orAborted } from "../support/or-aborted.ts";

/** The routes, and of each interface its MTU, as `<interface> <MTU>` lines. */
const script = `cat /proc/net/route; cd /sys/class/net && for i in *; do echo "$i $(cat "$i/mtu")"; done`;
/** Its end keeps the agent's waiting. */
const removeLimitMs = 5_000;
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
export async function readHostNetwork(
  engine: Engine,
  image: string,
  labels: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const name = `longshore-${purpose}-${randomBytes(4).toString("hex")}`;
  const body = {
    Image: image,
    Entrypoint: ["sh", "-c", script],
    Cmd: [],
    User: "0",
    Labels: { ...labels, [purposeLabel]: purpose },
    // With user namespaces of its own a container may not be in the host's network.
    HostConfig: {
      NetworkMode: "host",
      UsernsMode: "host",
      AutoRemove: true,
      LogConfig: { Type: "none", Config: {} },
    },
  };
  let stream: Readable | null = null;
  try {
    await call("create a container in the host's network", signal, quickCallMs, (abortSignal) =>
      engine.createContainer(createOptions(body, { name }, abortSignal)),
    );
    const container = engine.getContainer(name);
    const attached = await call("attach to the container", signal, quickCallMs, (abortSignal) =>
      container.attach({ stream: true, hijack: true, stdout: true, stderr: true, abortSignal }),
    );
    // What is hijacked is no request any more, and doesn't end with its signal.
    stream = addAbortSignal(signal, attached as unknown as Readable);
    const removed = container.wait({ condition: "removed", abortSignal: signal });
    removed.catch(() => {});
    await startContainer(engine, name, signal);
    let output = "";
    for await (const { source, bytes } of demux(stream)) if (source === "stdout") output += bytes.toString();
    await orAborted(removed, signal);
    return output;
  } catch (error) {
    // By its name: whoever isn't told its id can't be sure that it was not made. One that has run removes itself.
    await removeContainer(engine, name, false, AbortSignal.timeout(removeLimitMs)).catch(() => {});
    throw error;
  } finally {
    stream?.destroy();
  }
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
