import { addAbortSignal } from "node:stream";
import { attachContainer, startContainer, waitContainer } from "../docker/container.ts";
import { demux } from "../docker/demux.ts";
import type { Engine } from "../docker/engine.ts";
import type { ContainerSpec } from "../job/plan.ts";
import type { Resources } from "./resources.ts";

const mountedAt = "/socket";

/**
 * The group of a socket on the daemon's host, seen from a container there; null when it can't be found out, and the
 * job has to do without.
 *
 * @param helper spec that the container is made after
 */
export async function socketGroup(
  context: { readonly engine: Engine; readonly resources: Resources; readonly signal: AbortSignal },
  helper: ContainerSpec,
  image: string,
  path: string,
): Promise<string | null> {
  const { engine, resources, signal } = context;
  const command = ["-c", `stat -c %g ${mountedAt}`];
  const spec = { ...helper, name: `${helper.name}-socket`, command, binds: [`${path}:${mountedAt}:ro`], aliases: [] };
  const id = await resources.container(spec, image, { kind: "mode", mode: "none" }, "helper", signal);
  // Attached to, not read from its log afterwards: on a busy daemon a container has ended before its log is whole.
  const stream = addAbortSignal(signal, await attachContainer(engine, id, signal));
  let output = "";
  try {
    await startContainer(engine, id, signal);
    for await (const { bytes } of demux(stream)) output += bytes.toString();
  } finally {
    stream.destroy();
  }
  if ((await waitContainer(engine, id, signal)) !== 0) return null;
  return /^\d+$/.exec(output.trim())?.[0] ?? null;
}
