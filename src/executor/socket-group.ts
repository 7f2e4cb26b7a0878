import { containerLogs, startContainer, waitContainer } from "../docker/container.ts";
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
  await startContainer(engine, id, signal);
  if ((await waitContainer(engine, id, signal)) !== 0) return null;
  let output = "";
  for await (const { bytes } of demux(await containerLogs(engine, id, 1, signal))) output += bytes.toString();
  return /^\d+$/.exec(output.trim())?.[0] ?? null;
}
