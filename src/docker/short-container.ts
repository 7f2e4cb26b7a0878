import { randomBytes } from "node:crypto";
import { addAbortSignal, type Readable } from "node:stream";
import { call, quickCallMs } from "./call.ts";
import { removeContainer, startContainer } from "./container.ts";
import { createOptions } from "./create-options.ts";
import { demux } from "./demux.ts";
import type { Engine } from "./engine.ts";
import { orAborted } from "../support/or-aborted.ts";

/** Its end keeps the agent's waiting. */
const removeLimitMs = 5_000;

/** A container that looks at something on the daemon's host and ends. */
export interface ShortContainer {
  /** Part of its name. */
  readonly purpose: string;
  /** Needs sh, and must be there. */
  readonly image: string;
  readonly script: string;
  /** By which the container is found, should it stay behind. */
  readonly labels: Readonly<Record<string, string>>;
  /** HostConfig, as the API has it. */
  readonly host: Readonly<Record<string, unknown>>;
}

/**
 * What the script in such a container prints, once the container is gone. With the signal it ends at once, but for a
 * short while to remove the container. @throws DockerError
 */
export async function outputOf(
  engine: Engine,
  { purpose, image, script, labels, host }: ShortContainer,
  signal: AbortSignal,
): Promise<string> {
  const name = `longshore-${purpose}-${randomBytes(4).toString("hex")}`;
  const body = {
    Image: image,
    Entrypoint: ["sh", "-c", script],
    Cmd: [],
    User: "0",
    Labels: labels,
    HostConfig: { AutoRemove: true, LogConfig: { Type: "none", Config: {} }, ...host },
  };
  let stream: Readable | null = null;
  try {
    await call(`create a container to look at the ${purpose}`, signal, quickCallMs, (abortSignal) =>
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
