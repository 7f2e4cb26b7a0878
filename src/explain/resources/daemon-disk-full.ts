import type { Rule } from "../rule.ts";
import { deadDaemonSaid, refused, type Said } from "./said.ts";
import { whoseDaemon } from "./whose-daemon.ts";

/** The daemon, containerd and buildkit spell it as Go does, and name what they were doing. */
const words = /no space left on device/i;
const speaker =
  /Error response from daemon: |failed to register layer: |failed to solve: |failed to extract layer |Error processing tar file|\/var\/lib\/(?:docker|containerd)\//;
/** Any program may say it; docker's own commands only of the daemon. */
const onlyDockers = /failed to (?:copy|prepare|commit|create|mount)\b/;

/** Images, layers and containers of a daemon have filled its disk. */
export const daemonDiskFull: Rule = {
  name: "daemon-disk-full",
  of: "failed",
  explain: (evidence) => {
    const dead = deadDaemonSaid(evidence, words);
    const said: Said | null = refused(
      evidence,
      words,
      // Nothing but a daemon writes before the script.
      (line, isDockers) =>
        evidence.failure?.exitCode === null || speaker.test(line) || (isDockers && onlyDockers.test(line)),
    );
    const seen = said?.line ?? dead;
    if (seen === null) return null;
    const owner = said === null || said.by === "script" ? whoseDaemon(evidence) : "host";
    const isOwn = owner === "sidecar" || owner === "service" || said === null;
    return {
      cause: isOwn
        ? "the disk that holds the data of the job's daemon is full, or has no inodes left"
        : "the disk that holds the daemon's images and containers is full, or has no inodes left",
      seen,
      author:
        said?.by === "script"
          ? "make less of it: a .dockerignore, smaller images, docker image prune between builds"
          : "",
      admin: "on the daemon's host: df -h; df -i; docker system df; then docker system prune, or a larger disk",
    };
  },
};
