import type { Evidence } from "../evidence.ts";
import { echoedCommands, lastMatch, lastOutput } from "../lines.ts";
import type { Rule } from "../rule.ts";

/** What is seen when small packets pass and large ones don't. */
const stalled =
  /TLS handshake timeout|(?:read|dial) \S.*i\/o timeout|curl: \((?:28|35|56)\)|Recv failure: Connection reset by peer|read: connection reset by peer|wget: download timed out|Read timed out\. \(read timeout|ETIMEDOUT|ERR_SOCKET_TIMEOUT|SSL connection timeout|gnutls_handshake\(\) failed|Operation timed out after \d+ milliseconds/;
const fetching =
  /(?:^|[\s&;|(])(?:curl|wget|apk|apt(?:-get)?|pip3?|npm|yarn|pnpm|bundle|composer|go (?:get|mod|build)|cargo|mvn|gradle|\S*gradlew|git (?:clone|fetch)|docker (?:pull|push|build|compose|run)|docker-compose)\b/;
const usualMtu = 1500;

/** Packets of one network that are too large for the next, where nobody hears the complaint about it. */
export const mtuBlackHole: Rule = {
  name: "mtu-black-hole",
  of: "failed",
  explain: (evidence) => {
    const step = narrowing(evidence);
    const seen = step === null ? null : stall(evidence);
    if (step === null || seen === null) return null;
    return { cause: step.cause, seen, author: step.author, admin: step.admin };
  },
};

function narrowing({ daemon, services, client }: Evidence) {
  if (daemon === null || daemon.networkMtu === null) return null;
  const { networkMtu, uplinkMtu } = daemon;
  if (uplinkMtu !== null && networkMtu > uplinkMtu)
    return {
      cause: `the job's network sends packets of up to ${networkMtu} bytes, its host's way out takes ${uplinkMtu}: large ones are lost, downloads hang`,
      author: "",
      admin: `[runners.docker] network_mtu = ${uplinkMtu}, or { "mtu": ${uplinkMtu} } in daemon.json of the daemon's host`,
    };
  const hasUntoldDaemon = services.some(({ isDaemon, isSidecar }) => isDaemon && !isSidecar) && !client.autowire;
  if (!hasUntoldDaemon || networkMtu >= usualMtu) return null;
  return {
    cause: `networks inside a dind carry packets of ${usualMtu} bytes unless it is told otherwise, the job's network ${networkMtu}: large ones are lost`,
    author: `remove LONGSHORE_DIND_AUTOWIRE, or services: [{ name: docker:dind, command: ["--mtu=${networkMtu}"] }]`,
    admin: "",
  };
}

/** Where it hung: words about it, or a job that ran out of time over a download. */
function stall({ failure, output }: Evidence): string | null {
  if (failure === null) return null;
  const words =
    lastMatch(lastOutput(output), stalled) ?? stalled.exec(failure.exitCode === null ? failure.message : "");
  if (words !== null) return words.input.trim();
  const command = echoedCommands(output).at(-1) ?? "";
  return failure.reason === "job_execution_timeout" && fetching.test(command) ? `no end of: ${command}` : null;
}
