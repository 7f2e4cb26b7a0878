import { setTimeout as pause } from "node:timers/promises";
import { findObjects } from "../src/docker/sweep.ts";
import { agentLabel } from "../src/job/labels.ts";
import type { KillableAgent } from "./killable-agent.ts";
import type { Ledger } from "./ledger.ts";
import { type ChaosSite, filesLeft } from "./site.ts";

const lookEveryMs = 200;
const askLimitMs = 30_000;

/**
 * Waits until every job that was handed out has ended and the agent has removed all that it made, or the limit is over;
 * then ends the agent. Returns what is left: one line each.
 */
export async function quiet(site: ChaosSite, agent: KillableAgent, ledger: Ledger, limitMs: number): Promise<string[]> {
  const { coordinator, dockerGate, coordinatorGate, note } = site;
  coordinator.faults.clear();
  for (const gate of [dockerGate, coordinatorGate]) {
    gate.passage = "free";
    await gate.open();
  }
  await agent.start();
  // What nobody has taken until now is not waited for.
  for (const { handle } of ledger.entries) if (handle.state === "pending") coordinator.cancel(handle.id);
  const limit = performance.now() + limitMs;
  const until = async (done: () => boolean | Promise<boolean>) => {
    while (!(await done())) {
      if (performance.now() > limit) return;
      await pause(lookEveryMs);
    }
  };
  await until(() => ledger.entries.every(({ handle }) => handle.finished || handle.state === "waiting"));
  note("no job runs any more");
  // GitLab would hand it out again; here it only has to end.
  for (const { handle } of ledger.entries) if (handle.state === "waiting") coordinator.cancel(handle.id);
  await until(async () => (await objectsLeft(site)).length + (await filesLeft(site)).length === 0);
  note("nothing is left, or the wait is over");
  const left = await objectsLeft(site);
  if (!(await agent.stop())) left.push("process of the agent, which did not end after SIGTERM");
  note("the agent has ended");
  return [...left, ...(await filesLeft(site))];
}

/** Volumes that are kept for later jobs are no leftovers. */
async function objectsLeft({ engine, agentId }: ChaosSite): Promise<string[]> {
  const found = await findObjects(engine, [`${agentLabel}=${agentId}`], AbortSignal.timeout(askLimitMs));
  return [
    ...found.containers.map((id) => `container ${id}`),
    ...found.networks.map((id) => `network ${id}`),
    ...found.volumes.filter((name) => !found.kept.includes(name)).map((name) => `volume ${name}`),
  ];
}
