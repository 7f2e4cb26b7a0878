import { describe, expect, it } from "vitest";
import type { ContainerState } from "../../../src/docker/container.ts";
import type { Engine } from "../../../src/docker/engine.ts";
import { DockerError } from "../../../src/docker/errors.ts";
import { awaitDaemon, endedWithDaemon, isDaemonLost } from "../../../src/executor/daemon-return.ts";

const never = new AbortController().signal;
const daemonStart = Date.parse("2026-01-01T00:00:00Z");

function engineWith(
  liveRestore: boolean,
  bridge: object | null = { Created: new Date(daemonStart).toISOString() },
): Engine {
  return {
    info: async () => ({ LiveRestoreEnabled: liveRestore }),
    version: async () => ({}),
    getNetwork: () => ({
      inspect: async () => bridge ?? Promise.reject(Object.assign(new Error("no such network"), { statusCode: 404 })),
    }),
  } as unknown as Engine;
}

const state = (startedAt: number, finishedAt: number, exitCode: number, running = false) =>
  ({ startedAt: daemonStart + startedAt, finishedAt: daemonStart + finishedAt, exitCode, running }) as ContainerState;

describe("a run that is over when the daemon is back", () => {
  it.each([
    ["ended with it", "was ended by its stop", false, state(-60_000, -100, 137), true],
    ["ended with it", "was killed by its next start", false, state(-60_000, 5_000, 137), true],
    ["ended by itself", "began after its start", false, state(1_000, 2_000, 1), false],
    ["ended by itself", "ended long after its start", false, state(-60_000, 60_000, 1), false],
    ["ended by itself", "outlived it", true, state(-60_000, -100, 3), false],
    ["ended with it", "was to outlive it, but not its host", true, state(-60_000, 1_000, 255), true],
    ["goes on", "runs", false, state(-60_000, 0, 0, true), false],
  ])("%s when it %s", async (_, __, liveRestore, container, withDaemon) => {
    expect(await endedWithDaemon(engineWith(liveRestore), container, never)).toBe(withDaemon);
  });

  it("counts as ended by itself where nobody can tell", async () => {
    expect(await endedWithDaemon(engineWith(false, null), state(-60_000, -100, 1), never)).toBe(false);
  });
});

describe("waiting for a daemon", () => {
  const lost = new DockerError("read the log", "connection-lost", "cut", 0);
  const clock = (step: number) => {
    let now = 0;
    return { now: () => now, monotonic: () => now, sleep: async (ms: number) => void (now += ms * step) };
  };

  it("ends when it answers", async () => {
    let asked = 0;
    const engine = { ping: async () => (++asked < 3 ? Promise.reject(new Error("refused")) : "OK") };
    await awaitDaemon(engine as unknown as Engine, clock(1), lost, never);
    expect(asked).toBe(3);
  });

  it("ends with what was seen of its going, after some minutes", async () => {
    const engine = { ping: () => Promise.reject(new Error("refused")) } as unknown as Engine;
    await expect(awaitDaemon(engine, clock(10), lost, never)).rejects.toThrow("read the log: cut");
  });
});

it.each([
  [true, "unreachable"],
  [true, "connection-lost"],
  [true, "timeout"],
  [false, "not-found"],
  [false, "server"],
  [false, "tls"],
] as const)("that a daemon is lost is %s for %s", (expected, kind) => {
  expect(isDaemonLost(new DockerError("x", kind, "", 0))).toBe(expected);
});
