import { access, constants } from "node:fs/promises";
import { dirname } from "node:path";
import { type Check, fail, type Outcome } from "../check.ts";
import { judgeDisk, stateDisk } from "../disk-space.ts";
import { spaceAt } from "../../upkeep/space-at.ts";

/** What the checks of the machine itself need. */
export interface MachineContext {
  /** Of the agent, below the state directory; it need not be there yet. */
  readonly statePath: string;
}

/** Whether the agent can write where it keeps what must survive a crash, and how much. */
export const stateDirectoryCheck: Check<MachineContext> = {
  name: "state-directory",
  needs: [],
  limitMs: 3_000,
  run: ({ statePath }) => checkStateDirectory(statePath),
};

export async function checkStateDirectory(statePath: string): Promise<Outcome> {
  const existing = await nearest(statePath);
  const isWritable = await access(existing, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable)
    return fail(
      `the state directory ${statePath} can't be written by this user`,
      `chown -R USER ${existing}   # the agent's user; or name another with --state-dir`,
    );
  return judgeDisk(
    `the agent's state (${statePath})`,
    await spaceAt(existing),
    stateDisk,
    "make room there, or name another directory with --state-dir",
  );
}

async function nearest(path: string): Promise<string> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  return isThere || dirname(path) === path ? path : nearest(dirname(path));
}
