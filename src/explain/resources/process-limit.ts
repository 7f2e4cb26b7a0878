import type { Evidence } from "../evidence.ts";
import type { Rule } from "../rule.ts";
import { complained } from "./said.ts";

/** Shells, Java, Python, Go, Rust, and what libraries print about their threads. */
const words =
  /(?:fork(?:: retry)?|vfork|[Cc]an't fork): Resource temporarily unavailable|\bCannot fork$|unable to create (?:new )?native thread|RuntimeError: can't start new thread|runtime: failed to create new OS thread|pthread_create failed(?: for thread \d+ of \d+)?: Resource temporarily unavailable|failed to spawn thread: Os \{ code: 11|fork\/exec \S{1,300}: resource temporarily unavailable/;

/** The container, or the user over all containers, has as many processes and threads as it may. */
export const processLimit: Rule = {
  name: "process-limit",
  of: "failed",
  explain: (evidence) => {
    const said = complained(evidence, words);
    if (said === null || wasSurvived(evidence, said.match.input)) return null;
    return {
      cause:
        "no further process or thread could be started: the container's limit, or its user's on this host, is reached",
      seen: said.line,
      author:
        "see them: cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max; ulimit -u; start fewer at once (make -j4)",
      admin:
        "raise pids_limit in [runners.docker], or service_pids_limit; ulimit nproc and TasksMax of the daemon's service unit limit as well",
    };
  },
};

/** A shell tries again after a while: what passes then says that it went on. */
function wasSurvived({ output }: Evidence, line: string): boolean {
  const passed = /^\s*(?:ok\b|[✓✔√]|PASS)/;
  return line.includes("fork: retry") && output.slice(output.lastIndexOf(line)).some((after) => passed.test(after));
}
