import { Counter, Gauge, type Registry } from "prom-client";
import type { UpkeepMetrics } from "./upkeep/upkeep-context.ts";

/** What is removed behind jobs, and how full the daemons' disks are. */
export class UpkeepCounts implements UpkeepMetrics {
  readonly #reaped: Counter<"kind">;
  readonly #removals: Counter<"kind">;
  readonly #freeBytes: Gauge<"daemon">;
  readonly #freeInodes: Gauge<"daemon">;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#reaped = new Counter({
      name: "longshore_reaped_objects_total",
      help: "Total number of objects that were removed because the jobs that made them are over",
      labelNames: ["kind"],
      registers,
    });
    this.#removals = new Counter({
      name: "longshore_disk_removals_total",
      help: "Total number of images and kept volumes that were removed because a daemon's disk was nearly full",
      labelNames: ["kind"],
      registers,
    });
    this.#freeBytes = new Gauge({
      name: "longshore_daemon_disk_free_bytes",
      help: "Bytes that were free on a daemon's disk when it was looked at last",
      labelNames: ["daemon"],
      registers,
    });
    this.#freeInodes = new Gauge({
      name: "longshore_daemon_disk_free_inodes",
      help: "Inodes that were free on a daemon's disk when it was looked at last",
      labelNames: ["daemon"],
      registers,
    });
  }

  readonly reaped: UpkeepMetrics["reaped"] = (kind, count) => this.#reaped.inc({ kind }, count);

  readonly madeRoom: UpkeepMetrics["madeRoom"] = (kind) => this.#removals.inc({ kind });

  readonly diskFree: UpkeepMetrics["diskFree"] = (daemon, bytes, inodes) => {
    this.#freeBytes.set({ daemon }, bytes);
    if (!Number.isNaN(inodes)) this.#freeInodes.set({ daemon }, inodes);
  };
}
