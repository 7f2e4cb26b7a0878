import { type ContainerState, inspectContainer, waitContainer } from "../docker/container.ts";
import type { Engine } from "../docker/engine.ts";
import { runExec } from "../docker/exec.ts";
import { awaitTlsAnswer, ping } from "../docker/ping.ts";
import { openTunnel } from "../docker/tunnel.ts";
import { healthPorts } from "../job/health-ports.ts";
import type { Readiness, ServiceSpec } from "../job/plan.ts";
import type { Span } from "../spans/open-span.ts";
import type { Clock } from "../support/clock.ts";
import { Limit } from "../support/limit.ts";
import { messageOf } from "../support/errors.ts";
import { serviceLog } from "./service-log.ts";

const pausePingMs = 50;
const pauseInspectMs = 100;
/** One attempt to reach an API; the next one follows at once. */
const pingLimitMs = 5_000;
const tailLines = 50;

export interface StartedService {
  readonly spec: ServiceSpec;
  readonly id: string;
  /** Ends again when the service is ready. */
  readonly span: Span;
}

export interface ServiceState {
  readonly service: StartedService;
  readonly ready: boolean;
  readonly seconds: number;
  /** "" when ready. */
  readonly problem: string;
  /** Its last lines when it isn't ready. */
  readonly log: string;
  /** What else there is to say of it when it is ready. */
  readonly note?: string;
}

export interface ReadinessContext {
  readonly engine: Engine;
  /** Container in whose network the checks run: where the job will be. */
  readonly from: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Waits until a service can be used, it dies, or `limitSeconds` are over. Rejects only with the job's signal. */
export async function awaitService(
  context: ReadinessContext,
  service: StartedService,
  limitSeconds: number,
): Promise<ServiceState> {
  const began = context.clock.monotonic();
  const stop = new AbortController();
  using limit = new Limit(limitSeconds * 1000, context.signal);
  const signal = AbortSignal.any([limit.signal, stop.signal]);
  const inner = { ...context, signal };
  let lastProblem = "it did not answer";
  const note = (problem: string) => {
    lastProblem = problem;
  };
  try {
    await Promise.race([check(inner, service, note, limitSeconds), diesEarly(inner, service)]);
    return { service, ready: true, seconds: (context.clock.monotonic() - began) / 1000, problem: "", log: "" };
  } catch (error) {
    context.signal.throwIfAborted();
    const problem = limit.isOver ? `not ready after ${limitSeconds} s: ${lastProblem}` : messageOf(error);
    const log = await serviceLog(context.engine, service.id, tailLines, context.signal);
    return { service, ready: false, seconds: (context.clock.monotonic() - began) / 1000, problem, log };
  } finally {
    stop.abort(new Error("the wait is over"));
  }
}

async function check(
  context: ReadinessContext,
  service: StartedService,
  note: (problem: string) => void,
  limitSeconds: number,
): Promise<void> {
  const { readiness } = service.spec;
  switch (readiness.kind) {
    case "none":
      return;
    case "docker-api":
      return awaitDockerApi(context, readiness, note);
    case "ports": {
      const state = await inspectContainer(context.engine, service.id, context.signal);
      return state.health === ""
        ? awaitPorts(context, state, note, limitSeconds)
        : awaitHealthy(context, service, note);
    }
  }
}

/** Where a Docker API is, and what it takes to talk to it. */
export type DockerApi = Pick<Extract<Readiness, { kind: "docker-api" }>, "host" | "port" | "tls" | "certificates">;

/** Asks until the daemon's API answers 200, from where the job will be. */
export async function awaitDockerApi(
  context: ReadinessContext,
  { host, port, tls, certificates }: DockerApi,
  note: (problem: string) => void,
): Promise<void> {
  for (;;) {
    context.signal.throwIfAborted();
    const attempt = AbortSignal.any([context.signal, AbortSignal.timeout(pingLimitMs)]);
    try {
      const tunnel = await openTunnel(context.engine, context.from, host, port, attempt);
      if (tls && certificates === null) return await awaitTlsAnswer(tunnel, attempt);
      const answer = await ping(tunnel, host, certificates, attempt);
      if (answer.status === 200) return;
      note(`its API answered with status ${answer.status} ${answer.body.split("\n", 1)[0] ?? ""}`.trimEnd());
    } catch (error) {
      // The end of the wait is no news of the daemon.
      context.signal.throwIfAborted();
      note(messageOf(error));
      // It won't have another certificate the next time.
      if (isCertificateRefusal(error)) throw error;
    }
    await context.clock.sleep(pausePingMs, context.signal);
  }
}

function isCertificateRefusal(error: unknown): boolean {
  const { code = "" } = error as { code?: string };
  return /CERT|SIGNATURE/.test(code);
}

async function awaitHealthy(
  context: ReadinessContext,
  service: StartedService,
  note: (problem: string) => void,
): Promise<void> {
  for (;;) {
    const { health } = await inspectContainer(context.engine, service.id, context.signal);
    if (health === "healthy") return;
    note(`its HEALTHCHECK says ${health}`);
    await context.clock.sleep(pauseInspectMs, context.signal);
  }
}

/** Tries the ports one after another until one is open; bash has sockets of its own, others have nc. */
const triesPerSecond = 10;
const portScript = `
host=$0 tries=$1
shift
probe() { nc -z -w 1 "$host" "$1" >/dev/null 2>&1; }
if command -v bash >/dev/null 2>&1; then probe() { bash -c '(exec 3<>"/dev/tcp/$0/$1") 2>/dev/null' "$host" "$1"; }; fi
n=0
while [ $n -lt "$tries" ]; do
  for port; do probe "$port" && exit 0; done
  n=$((n + 1)); sleep 0.1
done
exit 1
`;

async function awaitPorts(
  context: ReadinessContext,
  state: ContainerState,
  note: (problem: string) => void,
  limitSeconds: number,
): Promise<void> {
  const ports = healthPorts(state.env, state.tcpPorts);
  const host = state.ipAddresses[0];
  if (ports.length === 0 || host === undefined) return;
  note(`no port of ${ports.join(", ")} is open`);
  const command = [
    "sh",
    "-c",
    portScript,
    host,
    String(Math.ceil(limitSeconds * triesPerSecond)),
    ...ports.map(String),
  ];
  const spec = { command, env: [], user: "", workingDir: "" };
  const code = await runExec(context.engine, context.from, spec, "", async () => {}, context.signal);
  if (code !== 0) throw new Error(`no port of ${ports.join(", ")} is open`);
}

async function diesEarly(context: ReadinessContext, service: StartedService): Promise<never> {
  const code = await waitContainer(context.engine, service.id, context.signal);
  throw new Error(`it ended with exit code ${code}`);
}

/** A service without ports or HEALTHCHECK is ready at once: whether it has failed meanwhile shows before it is needed. */
export async function diedMeanwhile(context: ReadinessContext, state: ServiceState): Promise<ServiceState> {
  if (!state.ready) return state;
  const { running, exitCode } = await inspectContainer(context.engine, state.service.id, context.signal);
  if (running || exitCode === 0) return state;
  const log = await serviceLog(context.engine, state.service.id, tailLines, context.signal);
  return { ...state, ready: false, problem: `it ended with exit code ${exitCode}`, log };
}
