import { type Check, pass, warn } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";
import { agentLabel } from "../../job/labels.ts";
import { findLeftovers, type Leftovers } from "../leftovers.ts";
import { isAgentRunning, knownBoots } from "../agent-state.ts";

/** What earlier runs of this agent made and nobody removed. */
export const leftoversCheck: Check<DoctorContext> = {
  name: "leftovers",
  needs: ["daemon"],
  limitMs: 5_000,
  run: async (context, signal) => {
    const { statePath, agentId, boot } = context.settings;
    const [{ engine }, running, boots] = await Promise.all([
      context.daemon(),
      isAgentRunning(statePath),
      knownBoots(statePath),
    ]);
    const found = await findLeftovers(
      engine,
      agentId,
      (other) => isDoctors(other, boot) || (running && boots.has(other)),
      signal,
    );
    if (found.count === 0) return pass("nothing of earlier runs of this agent is left on the daemon");
    // The next start of the agent removes what stands in its journals.
    const isKnown = !running && [...found.boots].every((boot) => boots.has(boot));
    return warn(sentence(found), isKnown ? "longshore run   # removes it when it starts" : removal(agentId, found));
  },
};

/** Of this very command, whichever entry it was for. */
const isDoctors = (other: string, boot: string): boolean => other === boot || other.startsWith(`${boot}-`);

export const sentence = ({ containers, networks, volumes }: Leftovers): string =>
  `an earlier run of this agent left on the daemon: ${containers} containers, ${networks} networks, ${volumes} volumes`;

/** Commands that remove exactly these. */
export function removal(agentId: string, { boots, containers, networks, volumes }: Leftovers): string {
  const commands = [...boots].flatMap((boot) => {
    const filter = `--filter label=${agentLabel}=${agentId} --filter label=dev.longshore.boot=${boot}`;
    return [
      ...(containers > 0 ? [`docker rm -fv $(docker ps -aq ${filter})`] : []),
      ...(networks > 0 ? [`docker network rm $(docker network ls -q ${filter})`] : []),
      ...(volumes > 0 ? [`docker volume rm $(docker volume ls -q ${filter})`] : []),
    ];
  });
  return commands.join("; ");
}
