import type { RunnerConfig } from "../config/schema.ts";
import type { Daemon } from "../daemon/daemons.ts";
import { readDaemonReport, usedSubnets } from "../docker/daemon-report.ts";
import { networkFacts } from "../docker/network.ts";
import type { AgentContext } from "../executor/agent-context.ts";
import { isDefaultNetwork } from "../job/plan-wiring.ts";
import { spaceAt } from "../upkeep/space-at.ts";
import { knownBoots } from "./agent-state.ts";
import type { Outcome } from "./check.ts";
import { judgePools } from "./checks/address-pools.ts";
import { judgeApi } from "./checks/api.ts";
import { pruneFix } from "./checks/disk.ts";
import { removal, sentence } from "./checks/leftovers.ts";
import { judgeMtu } from "./checks/mtu.ts";
import { checkStateDirectory } from "./checks/state-directory.ts";
import { judgeStorageDriver } from "./checks/storage-driver.ts";
import { daemonDisk, judgeDisk } from "./disk-space.ts";
import { findLeftovers } from "./leftovers.ts";

/** By then the first job requests are out. */
const pauseMs = 1_000;
const limitMs = 20_000;
/** Docker's own choice where nobody chooses. */
const dockerMtu = 1500;

/**
 * The part of `longshore doctor` that costs next to nothing, once, in the background of an agent that has started: it
 * asks each daemon what it knows and makes nothing. What is not as it should be is a warning in the log; the rest is
 * silence. That a daemon doesn't answer is said elsewhere.
 */
export async function warnAtStart(
  agent: Pick<AgentContext, "agentId" | "clock" | "daemons" | "log" | "state" | "stopping">,
  runners: readonly RunnerConfig[],
  concurrent: number,
): Promise<void> {
  const { log, clock, stopping } = agent;
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(limitMs)]);
  const say = (runner: string, work: Promise<readonly Outcome[]>) =>
    work.then(
      (outcomes) => {
        for (const { verdict, finding, fix } of outcomes)
          if (verdict === "warn" || verdict === "fail") log.warn({ runner, fix }, finding);
      },
      (error: unknown) => log.debug({ runner, err: error }, "the checks at the start were not finished"),
    );
  try {
    await clock.sleep(pauseMs, stopping);
  } catch {
    return;
  }
  const byDaemon = Map.groupBy(runners, ({ docker }) =>
    JSON.stringify([docker.host, docker.tls_verify, docker.tls_cert_path, docker.network_mode, docker.network_mtu]),
  );
  await Promise.all([
    say(
      "",
      checkStateDirectory(agent.state.path).then((outcome) => [outcome]),
    ),
    ...[...byDaemon.values()].map(async ([runner]) => {
      if (runner === undefined) return;
      const daemon = await agent.daemons.get(runner.docker, signal).catch(() => null);
      if (daemon !== null) await say(runner.name, checkDaemon(agent, runner, daemon, concurrent, signal));
    }),
  ]);
}

async function checkDaemon(
  { agentId, clock, state }: Pick<AgentContext, "agentId" | "clock" | "state">,
  { docker }: RunnerConfig,
  daemon: Daemon,
  concurrent: number,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const { engine, facts } = daemon;
  const [report, bridge, subnets, boots] = await Promise.all([
    readDaemonReport(engine, signal),
    networkFacts(engine, "bridge", signal),
    usedSubnets(engine, signal),
    knownBoots(state.path).catch(() => null),
    daemon.learnMore(),
  ]);
  // What journals tell of is being removed just now, or runs.
  const isAlive = (boot: string) => boot === state.boot || boots?.has(boot) !== false;
  const runs = { isAlive, isOver: () => false, now: clock.now() };
  const leftovers = await findLeftovers(engine, agentId, runs, signal);
  const job = docker.network_mtu > 0 ? docker.network_mtu : (daemon.networkMtu ?? dockerMtu);
  const ownNetworks = isDefaultNetwork(docker.network_mode);
  return [
    judgeApi(facts),
    judgeStorageDriver(facts.storageDriver, report.rootDir),
    ...(ownNetworks
      ? [
          judgeMtu({ job, uplink: daemon.uplinkMtu, bridge: bridge.mtu }, docker.network_mode),
          judgePools(report, subnets, concurrent),
        ]
      : []),
    ...(leftovers.count > 0
      ? [{ verdict: "warn", finding: sentence(leftovers), fix: removal(agentId, leftovers) } as const]
      : []),
    ...(await diskHere(daemon, report.rootDir)),
  ];
}

/** Only of a daemon on a socket is it likely that its directory is one of this machine's. */
async function diskHere({ address }: Daemon, rootDir: string): Promise<Outcome[]> {
  if (address.kind !== "unix") return [];
  const disk = await spaceAt(rootDir).catch(() => null);
  if (disk === null) return [];
  return [judgeDisk(`the daemon's data (${rootDir})`, disk, daemonDisk, pruneFix)];
}
