import type { Rule } from "../rule.ts";
import { complained } from "./said.ts";

/** Node; Rust's notify; watchdog; .NET; gradle and Bazel; tail and GLib. */
const watches =
  /System limit for number of file watchers reached(?=[,:.!]|$)|OS file watch limit reached|inotify watch(?:es)? limit (?:was )?reached|upper limit on inotify watches reached|user limit \(\d+\) on the number of inotify watches|inotify_add_watch\b.{0,300}No space left on device/i;
const instances =
  /EMFILE: too many open files, watch\b|inotify instances? limit (?:was )?reached|User limit of inotify instances reached|user limit \(\d+\) on the number of inotify instances|inotify_init1?\b.{0,300}[Tt]oo many open files|inotify cannot be used.{0,300}: Too many open files/;

/** The kernel counts watched files per user, over all containers of a host. */
export const inotifyLimit: Rule = {
  name: "inotify-limit",
  of: "failed",
  explain: (evidence) => {
    const instance = complained(evidence, instances);
    const said = instance ?? complained(evidence, watches);
    if (said === null) return null;
    const [what, key, value] =
      instance === null
        ? ["watched files", "max_user_watches", "524288"]
        : ["inotify instances", "max_user_instances", "1024"];
    return {
      cause: `the host's limit of ${what} for one user is reached; all containers of the host share it`,
      seen: said.line,
      author:
        "turn off watching in CI (CI=true, --watch=false, --no-watch), or watch by polling (CHOKIDAR_USEPOLLING=true)",
      admin: `on the daemon's host: sysctl -w fs.inotify.${key}=${value} (keep it in /etc/sysctl.d)`,
    };
  },
};
