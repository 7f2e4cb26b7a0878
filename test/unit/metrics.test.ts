import { open } from "node:fs/promises";
import { createHistogram } from "node:perf_hooks";
import { Registry } from "prom-client";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type AgentMetrics, openMetrics } from "../../src/agent-metrics.ts";
import { ProcessMetrics } from "../../src/metrics-process.ts";

let metrics: AgentMetrics | null = null;
afterEach(() => {
  metrics?.close();
  metrics = null;
});

async function opened(): Promise<AgentMetrics> {
  metrics = await openMetrics("127.0.0.1:0");
  return metrics;
}

async function valueOf(from: AgentMetrics, series: string): Promise<number> {
  const text = await from.text(null);
  const line = text.split("\n").find((each) => each.startsWith(`${series} `));
  if (line === undefined) throw new Error(`there is no ${series} in:\n${text}`);
  return Number(line.slice(series.length + 1));
}

/** Keeps the event loop from everything else for that long. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe("an agent's metrics", () => {
  it("count nothing, and show nothing, when there is nowhere to ask for them", async () => {
    const unseen = await openMetrics("");
    unseen.started();
    unseen.ended({ failureReason: "script_failure", seconds: 1 });
    expect(await unseen.text(null)).toBe("");
  });

  it("count the jobs whose end the coordinator does not have", async () => {
    const text = await opened();
    text.undelivered(3);
    expect(await valueOf(text, "longshore_jobs_undelivered")).toBe(3);
  });

  it("count what is removed behind jobs, and show how full the daemons' disks are and what that stops", async () => {
    const agent = await opened();
    agent.reaped("network", 2);
    agent.madeRoom("image");
    agent.diskFree("unix:///d", 5000, 70);
    agent.diskFree("tcp://d:2376", 6000, Number.NaN);
    expect(await valueOf(agent, 'longshore_reaped_objects_total{kind="network"}')).toBe(2);
    expect(await valueOf(agent, 'longshore_disk_removals_total{kind="image"}')).toBe(1);
    expect(await valueOf(agent, 'longshore_daemon_disk_free_bytes{daemon="unix:///d"}')).toBe(5000);
    expect(await valueOf(agent, 'longshore_daemon_disk_free_inodes{daemon="unix:///d"}')).toBe(70);
    expect(await agent.text(null)).not.toContain('free_inodes{daemon="tcp://d:2376"}');
  });

  it("count what explains jobs by the rule that does", async () => {
    const text = await opened();
    text.explained("daemon-name-unknown");
    text.explained("daemon-name-unknown");
    expect(await valueOf(text, 'longshore_job_findings_total{rule="daemon-name-unknown"}')).toBe(2);
  });

  it("count jobs and calls by GitLab Runner's names", async () => {
    const counted = await opened();
    counted.started();
    counted.started();
    counted.ended({ failureReason: "script_failure", seconds: 1 });
    counted.call({ endpoint: "request_job", method: "post", status: 204, seconds: 0.01 });
    expect(await valueOf(counted, "gitlab_runner_jobs")).toBe(1);
    expect(await valueOf(counted, "gitlab_runner_jobs_total")).toBe(2);
    expect(await valueOf(counted, 'gitlab_runner_failed_jobs_total{failure_reason="script_failure"}')).toBe(1);
    const statuses = 'gitlab_runner_api_request_statuses_total{endpoint="request_job",status="204"}';
    expect(await valueOf(counted, statuses)).toBe(1);
  });

  it("show why a runner asks for no jobs, and nothing of it afterwards", async () => {
    const shown = await opened();
    const series = (reason: string) => `longshore_runner_obstructed{runner="a",reason="${reason}"}`;
    shown.obstructed("a", "no daemon");
    shown.obstructed("a", "no room");
    expect(await valueOf(shown, series("no room"))).toBe(1);
    await expect(valueOf(shown, series("no daemon"))).rejects.toThrow("there is no");
    shown.obstructed("a", null);
    await expect(valueOf(shown, series("no room"))).rejects.toThrow("there is no");
  });

  it("show how many jobs may run, as soon as there is a poller", async () => {
    const text = await (await opened()).text({ concurrent: 7, slotsInUse: 0, jobs: 0, entries: [] });
    expect(text).toContain("gitlab_runner_concurrent 7\n");
  });
});

describe("the process", () => {
  it("shows its memory, its CPU time and its start", async () => {
    const shown = await opened();
    expect(await valueOf(shown, "process_resident_memory_bytes")).toBeGreaterThan(10e6);
    expect(await valueOf(shown, "process_virtual_memory_bytes")).toBeGreaterThan(10e6);
    expect(await valueOf(shown, "process_cpu_seconds_total")).toBeGreaterThan(0);
    const startedAt = await valueOf(shown, "process_start_time_seconds");
    expect(Math.abs(startedAt - (Date.now() / 1000 - process.uptime()))).toBeLessThan(5);
  });

  it("shows CPU time as a sum, however often it is asked", async () => {
    const shown = await opened();
    using _ = vi.spyOn(process, "cpuUsage").mockReturnValue({ user: 1_000_000, system: 500_000 });
    expect(await valueOf(shown, "process_cpu_seconds_total")).toBe(1.5);
    expect(await valueOf(shown, "process_cpu_seconds_total")).toBe(1.5);
  });

  it("shows its open files and how many it may have", async () => {
    const shown = await opened();
    const before = await valueOf(shown, "process_open_fds");
    const files = await Promise.all(Array.from({ length: 60 }, () => open("/dev/null")));
    const after = await valueOf(shown, "process_open_fds");
    await Promise.all(files.map((file) => file.close()));
    expect(after - before).toBeGreaterThan(50);
    expect(await valueOf(shown, "process_max_fds")).toBeGreaterThan(after);
  });

  it("looks at its own event loop, and sees it blocked", async () => {
    const shown = await opened();
    const longest = () => valueOf(shown, 'longshore_event_loop_delay_seconds{quantile="1"}');
    let seen = 0;
    // A look tells the distance to the one before, and the first ones come when they come.
    while (seen < 0.1) {
      for (let looks = 0; looks < 3; looks++) {
        block(250);
        await new Promise(setImmediate);
      }
      seen = await longest();
    }
    expect(seen).toBeGreaterThan(0.1);
  });
});

describe("the event loop's delay", () => {
  const distances = createHistogram();
  const monitor = {
    get count() {
      return distances.count;
    },
    get max() {
      return distances.max;
    },
    percentile: (percentile: number) => distances.percentile(percentile),
    reset: () => distances.reset(),
    enable: vi.fn<() => boolean>(() => true),
    disable: vi.fn<() => boolean>(() => true),
  };
  const series = async (registry: Registry) => {
    const { values } = (await registry.getSingleMetric("longshore_event_loop_delay_seconds")?.get()) ?? { values: [] };
    return values.map(({ labels, value }) => [labels["quantile"], Number(value.toFixed(2))]);
  };

  it("is shown by quantiles, without the distance that two looks have anyway, and anew each time", async () => {
    const registry = new Registry();
    const metrics = new ProcessMetrics(registry, monitor);
    expect(monitor.enable).toHaveBeenCalledOnce();
    for (let count = 0; count < 980; count++) distances.record(count < 900 ? 100_000_000 : 130_000_000);
    for (let count = 0; count < 20; count++) distances.record(count < 19 ? 200_000_000 : 1_100_000_000);
    expect(await series(registry)).toEqual([
      [0.5, 0],
      [0.9, 0],
      [0.99, 0.1],
      [1, 1],
    ]);
    expect((await series(registry)).map(([, value]) => value)).toEqual([0, 0, 0, 0]);
    metrics.close();
    expect(monitor.disable).toHaveBeenCalledOnce();
  });
});
