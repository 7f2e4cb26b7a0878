import type { Evidence } from "../evidence.ts";
import { lastCommand } from "../last-command.ts";
import { lastMatch } from "../lines.ts";
import type { Rule } from "../rule.ts";
import { isNearby } from "./nearby.ts";
import { withoutTestReports } from "./test-reports.ts";

/** What is seen when small packets pass and large ones don't: a connection opens, and then nothing comes. */
const stalled =
  /TLS handshake timeout|(?:read|dial) (?:tcp )?\S{1,200}:443: (?:\S{1,30}: )?(?:i\/o timeout|connection reset by peer)|curl: \((?:28|35|56)\) (?!Failed to connect|Connection timed out|Resolving timed out)|wget: download timed out|HTTPSConnectionPool\(.{1,300}Read timed out|npm (?:error|ERR!) code (?:ETIMEDOUT|ERR_SOCKET_TIMEOUT)|gnutls_handshake\(\) failed|fatal: unable to access 'https:.{1,300}(?:SSL_ERROR_SYSCALL|Operation timed out)/;
const fetching =
  /(?:^|[\s&;|(])(?:curl|wget|apk|apt(?:-get)?|pip3?|npm|yarn|pnpm|bundle|composer|go (?:get|mod|build)|cargo|mvn|gradle|\S{0,200}gradlew|git (?:clone|fetch)|docker (?:pull|push|build|compose|run)|docker-compose)\b/;
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
function stall(evidence: Evidence): string | null {
  const { failure, output } = evidence;
  const { command, kind, printed } = lastCommand(output);
  if (failure === null || kind === "elsewhere" || isNearby(command, evidence)) return null;
  const isFetching = fetching.test(command);
  if (failure.exitCode === null && !isFetching) return null;
  const line = lastMatch(withoutTestReports(printed), stalled)?.input;
  if (line !== undefined) return isNearby(line, evidence) ? null : line.trim();
  return failure.reason === "job_execution_timeout" && isFetching ? `no end of: ${command}` : null;
}
