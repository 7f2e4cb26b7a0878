import type { Evidence } from "../evidence.ts";
import { echoedCommands } from "../lines.ts";
import type { Rule } from "../rule.ts";
import { daemonWords } from "./client-words.ts";
import { endedByDocker } from "./heard.ts";

const denied =
  /permission denied while trying to connect to the (?:Docker daemon socket|docker API) at (?:unix:\/\/)?([^\s:;]+)|dial unix (\/\S+\.sock): connect: permission denied|connect EACCES (\S+docker\.sock)|Error while fetching server API version:.*PermissionError\(13/;

/** The socket is there, and the user who runs docker may not write to it. */
export const socketPermission: Rule = {
  name: "docker-socket-denied",
  of: "failed",
  explain: (evidence) => {
    const match = daemonWords(evidence, denied);
    if (match === null) return null;
    const socket = match[1] ?? match[2] ?? match[3] ?? "/var/run/docker.sock";
    if (!endedByDocker(evidence) && isContradicted(evidence)) return null;
    return { seen: match.input, ...causeOf(evidence, socket.replace(/\.$/, "")) };
  },
};

const changesUser = /\b(?:setpriv|sudo|su|su-exec|gosu|runuser|doas)\s/;

/** Nothing is mounted that could be denied, or it is root that runs the script, and nothing keeps root from it. */
function isContradicted({ build, client, daemon, output }: Evidence): boolean {
  const isHost = client.host.startsWith("unix:");
  if (client.socket === "" && !isHost) return true;
  if (echoedCommands(output).some((command) => changesUser.test(command))) return false;
  return isRoot(build.user) && daemon?.selinux !== true && daemon?.rootless !== true;
}

function isRoot(user: string): boolean {
  return /^(?:|root|0)(?::.*)?$/.test(user);
}

function causeOf({ build, client, daemon }: Evidence, socket: string) {
  const ofRoot = isRoot(build.user);
  if (ofRoot && daemon?.selinux === true) {
    return {
      cause: `SELinux on the daemon's host keeps the job's container from the socket ${socket}`,
      author: "",
      admin: 'security_opt = ["label=disable"] in [runners.docker], or wiring = "dind" in [runners.docker.daemon]',
    };
  }
  if (ofRoot && daemon?.rootless === true) {
    return {
      cause: `the runner's Docker daemon is rootless, and ${client.socket || socket} is the socket of another one, of root's`,
      author: "",
      admin:
        'set socket_path in [runners.docker.daemon] to the rootless daemon\'s own, such as "/run/user/1000/docker.sock"',
    };
  }
  const who = ofRoot ? "another user than root, to whom the script changed," : `the job's user ${build.user}`;
  const isWired = client.wiring === "socket";
  return {
    cause: `${who} may not use the socket ${socket}: it belongs to root and a group of the daemon's host`,
    author: ofRoot
      ? "run docker as the user that the job starts with: sudo and su drop the socket's group"
      : "take an image whose user is root, or write image: docker: user: root",
    admin: isWired ? "" : 'wiring = "socket" in [runners.docker.daemon] gives the job the socket\'s group',
  };
}
