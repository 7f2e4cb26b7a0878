import { askDaemon } from "../docker/ping.ts";
import { openTunnel } from "../docker/tunnel.ts";
import { Limit } from "../support/limit.ts";
import type { Trace } from "../trace/trace.ts";
import type { ReadinessContext, ServiceState } from "./readiness.ts";
import { sayLater } from "./say-later.ts";

/** It is good to know, and no more. */
const limitMs = 10_000;

/** Warns of a daemon of the job's that copies whole layers. In the background: the job doesn't wait for it. */
export function warnOfSlowDrivers(context: ReadinessContext, states: readonly ServiceState[], trace: Trace): void {
  for (const { service, ready } of states) {
    const { readiness, name } = service.spec;
    if (!ready || readiness.kind !== "docker-api" || (readiness.tls && readiness.certificates === null)) continue;
    driverOf(context, readiness).then(
      (driver) => {
        if (driver !== "vfs") return;
        sayLater(
          trace,
          `The Docker daemon of this job (${name}) uses the storage driver vfs, which copies every layer as a whole: ` +
            "builds are slow and take much disk. /var/lib/docker must be a volume, and nothing may name another driver",
        );
      },
      // Without an answer nothing is said.
      () => {},
    );
  }
}

async function driverOf(
  { engine, from, signal }: ReadinessContext,
  {
    host,
    port,
    certificates,
  }: { readonly host: string; readonly port: number; readonly certificates: Parameters<typeof askDaemon>[2] },
): Promise<string> {
  using limit = new Limit(limitMs, signal);
  const tunnel = await openTunnel(engine, from, host, port, limit.signal);
  const { body } = await askDaemon(tunnel, host, certificates, "/info", limit.signal);
  return (JSON.parse(body) as { Driver?: string }).Driver ?? "";
}
