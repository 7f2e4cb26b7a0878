import { stat } from "node:fs/promises";
import { isRunning, type ProcessWorld } from "./caller-life.ts";
import type { SessionFacts } from "./session.ts";

/**
 * Whether nobody will call for this job any more: its runner has ended, or is done with it and never called `cleanup`,
 * or the job's time is long over. In doubt it lives: others may share the state directory, from a container or another
 * machine, whose processes and directories can't be seen from here.
 *
 * @param now milliseconds since the epoch
 */
export async function isOver(facts: SessionFacts, world: ProcessWorld, now: number): Promise<boolean> {
  if (now > facts.deadline) return true;
  const isHere = (key: keyof ProcessWorld) => facts.world[key] === world[key] && world[key] !== "";
  // The machine was started anew, or it is another one.
  if (!isHere("machineBoot")) return isHere("machine") && facts.world.machineBoot !== "" && world.machineBoot !== "";
  if (!isHere("pidNamespace")) return false;
  // Two services on one machine may each have a /tmp that the other doesn't see.
  if (isHere("mountNamespace") && (await isGone(facts.directory))) return true;
  const [runner] = facts.ancestors;
  // One call has only ancestors of which nobody knows whether they outlive it.
  return facts.calls > 1 && runner !== undefined && !(await isRunning(runner));
}

function isGone(directory: string): Promise<boolean> {
  return stat(directory).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === "ENOENT",
  );
}
