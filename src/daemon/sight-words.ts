import { parseDaemonAddress, isOnThisHost } from "./address.ts";
import type { BadSight } from "./daemon-vigil.ts";

/** What is wrong with a daemon, to stand after its name. */
export function sightWords(sight: BadSight): string {
  return sight.kind === "hangs" ? "takes connections but answers nothing" : `can't be reached: ${sight.words}`;
}

/** Why its jobs were given up. */
export function lossMessage(host: string, sight: BadSight, outageMs: number): string {
  const time = duration(outageMs);
  return sight.kind === "hangs"
    ? `the Docker daemon at ${host} took connections but answered nothing for ${time}`
    : `the connection to the Docker daemon at ${host} was lost, and for ${time} it could not be reached: ${sight.words}`;
}

/** Where an admin sees why. */
export function lookHint(host: string, sight: BadSight): string {
  if (sight.kind === "unreachable" && sight.hint !== "") return sight.hint;
  const look = `see \`systemctl status docker\` and \`journalctl -u docker\` on ${whereIs(host)}`;
  if (sight.kind === "hangs") return `${look}: a daemon hangs when its disk is full or slow, or its containerd is gone`;
  return `${look}, and check \`host\` in [runners.docker] of config.toml`;
}

function whereIs(host: string): string {
  try {
    const address = parseDaemonAddress(host, false);
    return isOnThisHost(address) ? "the agent's host" : (address as { readonly host: string }).host;
  } catch {
    return "its host";
  }
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return seconds === 1 ? "1 second" : `${seconds} seconds`;
  return `${Math.floor(seconds / 60)} minutes`;
}
