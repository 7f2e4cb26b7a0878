import { readFileSync, readdirSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, type Registry } from "prom-client";

/**
 * Milliseconds between two looks at the event loop. Each look wakes the process: 50 a second took twice the CPU time
 * of all else that an idle agent does, ten can't be seen in it.
 */
const resolutionMs = 100;
const quantiles = [0.5, 0.9, 0.99] as const;

/** Distances of two looks at the event loop in nanoseconds; `resolutionMs` where it was not late. */
type LoopMonitor = Pick<
  ReturnType<typeof monitorEventLoopDelay>,
  "count" | "max" | "percentile" | "enable" | "disable" | "reset"
>;

/**
 * What the process uses, by the names that Prometheus' own clients have for it (GitLab Runner's among them), and how
 * late its event loop is. Read when it is asked for; what the system doesn't tell is left out.
 */
export class ProcessMetrics {
  readonly #loop: LoopMonitor;

  constructor(registry: Registry, loop: LoopMonitor = monitorEventLoopDelay({ resolution: resolutionMs })) {
    const registers = [registry];
    this.#loop = loop;
    loop.enable();
    new Gauge({
      name: "longshore_event_loop_delay_seconds",
      help: "How late the event loop came to its work since it was last asked for, by quantile; 1 is the longest delay",
      labelNames: ["quantile"],
      registers,
      collect() {
        const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - resolutionMs / 1000);
        for (const quantile of quantiles)
          this.set({ quantile }, loop.count === 0 ? 0 : seconds(loop.percentile(quantile * 100)));
        this.set({ quantile: 1 }, loop.count === 0 ? 0 : seconds(loop.max));
        loop.reset();
      },
    });
    new Counter({
      name: "process_cpu_seconds_total",
      help: "Total user and system CPU time spent in seconds",
      registers,
      collect() {
        const { user, system } = process.cpuUsage();
        this.reset();
        this.inc((user + system) / 1e6);
      },
    });
    const startedAt = Date.now() / 1000 - process.uptime();
    gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds", () => startedAt);
    gauge("process_resident_memory_bytes", "Resident memory size in bytes", () => process.memoryUsage.rss());
    gauge("process_virtual_memory_bytes", "Virtual memory size in bytes", virtualBytes);
    gauge("process_open_fds", "Number of open file descriptors", openFiles);
    gauge("process_max_fds", "Maximum number of open file descriptors", maxOpenFiles);

    function gauge(name: string, help: string, read: () => number | null): void {
      if (read() === null) return;
      new Gauge({
        name,
        help,
        registers,
        collect() {
          const value = read();
          if (value !== null) this.set(value);
        },
      });
    }
  }

  close(): void {
    this.#loop.disable();
  }
}

/** Only Linux has /proc. */
function fromProc(path: string, pattern: RegExp): number | null {
  try {
    const text = pattern.exec(readFileSync(path, "utf8"))?.[1];
    return text === undefined ? null : Number(text);
  } catch {
    return null;
  }
}

function virtualBytes(): number | null {
  const kibibytes = fromProc("/proc/self/status", /^VmSize:\s+(\d+) kB$/m);
  return kibibytes === null ? null : kibibytes * 1024;
}

const maxOpenFiles = () => fromProc("/proc/self/limits", /^Max open files\s+(\d+)/m);

function openFiles(): number | null {
  try {
    // One of them is the look itself.
    return readdirSync("/proc/self/fd").length - 1;
  } catch {
    return null;
  }
}
