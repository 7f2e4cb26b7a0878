import { type Check, pass, skip, warn } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";
import { agentLabel, bootLabel } from "../../job/labels.ts";
import { doctorBoots } from "../../upkeep/leftovers.ts";
import { findLeftovers, type Leftovers } from "../leftovers.ts";
import { readAgentState } from "../agent-state.ts";

/** What earlier runs of this agent made and nobody removed. */
export const leftoversCheck: Check<DoctorContext> = {
  name: "leftovers",
  needs: ["daemon"],
  limitMs: 5_000,
  run: async (context, signal) => {
    const { statePath, agentId, boot, clock } = context.settings;
    const [{ engine }, state] = await Promise.all([context.daemon(), readAgentState(statePath)]);
    // Whose things are alive only the agent's own state tells.
    if (state.kind !== "known") return skip(unknown[state.kind](statePath));
    const { boots, isRunning } = state;
    const found = await findLeftovers(
      engine,
      agentId,
      {
        isAlive: (other) => isDoctors(other, boot) || (isRunning && boots.has(other)),
        isOver: (other) => !isRunning && boots.has(other),
        now: clock.now(),
      },
      signal,
    );
    if (found.count === 0) return pass("nothing of earlier runs of this agent is left on the daemon");
    // The next start of the agent removes what stands in its journals.
    const isKnown = !isRunning && [...found.boots].every((other) => boots.has(other));
    return warn(sentence(found), isKnown ? "longshore run   # removes it when it starts" : removal(agentId, found));
  },
};

const unknown = {
  missing: (path: string) => `there is no state of an agent at ${path}, so nobody knows here what is left of one`,
  unreadable: (path: string) => `the agent's state at ${path} can't be read by this user: it tells what is still alive`,
} as const;

/** Of this very command, whichever entry it was for. */
const isDoctors = (other: string, boot: string): boolean => other === boot || other.startsWith(`${boot}-`);

export const sentence = ({ containers, networks, volumes }: Leftovers): string =>
  `an earlier run of this agent left on the daemon: ${containers} containers, ${networks} networks, ${volumes} volumes`;

/** Commands that remove exactly these, and refuse what is in use by then. Only what a doctor left may still run. */
export function removal(agentId: string, { boots, containers, networks, volumes }: Leftovers): string {
  const commands = [...boots].flatMap((boot) => {
    const filter = `--filter label=${agentLabel}=${agentId} --filter label=${bootLabel}=${boot}`;
    const remove = boot.startsWith(doctorBoots) ? "docker rm -fv" : "docker rm -v";
    return [
      ...(containers > 0 ? [`${remove} $(docker ps -aq ${filter})`] : []),
      ...(networks > 0 ? [`docker network rm $(docker network ls -q ${filter})`] : []),
      ...(volumes > 0 ? [`docker volume rm $(docker volume ls -q ${filter})`] : []),
    ];
  });
  return commands.join("; ");
}
