import type { Rule } from "../rule.ts";
import { refused } from "./said.ts";
import { daemonForEachJob, whoseDaemon } from "./whose-daemon.ts";

/** Docker's allocator, its proxy up to version 27, its port mapper since 28, and Docker Desktop. */
const words =
  /Bind for (?<allocated>\S{1,100}:\d+) failed: port is already allocated|(?:userland proxy|Ports are not available): .{0,300}listen (?:tcp|udp)[46]? (?<proxied>\S{1,100}:\d+): bind: address already in use|failed to bind host port(?: for)? (?<mapped>(?:\[[^\]]*\]|[\d.]+):\d+)\S*: address already in use/;

/** A published port that somebody on the daemon's host has already. */
export const portTaken: Rule = {
  name: "port-taken",
  of: "failed",
  explain: (evidence) => {
    const said = refused(evidence, words);
    if (said === null || said.by === "runner") return null;
    const { allocated, proxied, mapped } = said.match.groups ?? {};
    const port = /\d+$/.exec(allocated ?? proxied ?? mapped ?? "")?.[0] ?? "";
    const isShared = whoseDaemon(evidence) === "host";
    return {
      cause: isShared
        ? `port ${port} of the daemon's host is taken: other jobs and the host itself use the same ports`
        : `port ${port} of the machine that the daemon runs on is taken already`,
      seen: said.line,
      author: `publish without a fixed port (-p 80, then docker port), or none: containers of one network reach each other without`,
      admin: daemonForEachJob(evidence),
    };
  },
};
