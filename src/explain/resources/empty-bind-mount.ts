import { isWithin } from "../../job/volumes.ts";
import type { Evidence } from "../evidence.ts";
import { lastCommand } from "../last-command.ts";
import { echoedCommands, lastMatch } from "../lines.ts";
import type { Rule } from "../rule.ts";
import { type BindMount, bindMounts } from "./mount-sources.ts";
import { refused } from "./said.ts";
import { whoseDaemon } from "./whose-daemon.ts";

/** The daemon names the source itself. */
const noSource = /bind source path does not exist: (\S{1,4096})/;
const noFile =
  /error mounting \\?"(?<source>\/[^"\\]{0,4096})\\?" to rootfs at .{0,4096}(?:not a directory|Are you trying to mount a directory onto a file)/;
/** What programs say in a container whose mount shows nothing. */
const missing =
  /No such file or directory|ENOENT: no such file|ENOENT.{0,200}no such file|no such file or directory|Cannot find module|cannot find (?:the )?(?:file|path|main module)|[Cc]ould not (?:find|open|read)|[Cc]an't open|not found in (?:the )?current|does not exist|no (?:makefile|configuration file|test files?|go files|input files?) (?:found|specified|in)|there is no POM|go\.mod file not found|go: cannot find/i;

const linesOfMissing = 60;

/** A daemon looks for a bind mount's source on its own host; a path of the job's container isn't there, and Docker makes an empty directory of it. */
export const emptyBindMount: Rule = {
  name: "empty-bind-mount",
  of: "failed",
  explain: (evidence) => {
    const named = refused(evidence, noSource) ?? refused(evidence, noFile);
    if (named !== null && named.by === "script") {
      const source = named.match.groups?.["source"] ?? (named.match[1] as string);
      return finding(evidence, source.replace(/\.$/, ""), named.line);
    }
    if (whoseDaemon(evidence) !== "host" || evidence.failure?.exitCode === null) return null;
    const { kind, printed } = lastCommand(evidence.output);
    const line = kind === "elsewhere" ? null : lastMatch(printed.slice(-linesOfMissing), missing);
    const mount = line === null ? undefined : mountOf(evidence, line.input);
    return line === null || mount === undefined ? null : finding(evidence, mount.source, line.input.trim());
  },
};

/** The hidden directory that explains the line: all of the project, mounted by the last command, or one that the line names. */
function mountOf(evidence: Evidence, line: string): BindMount | undefined {
  const { projectDir } = evidence.build;
  const mounts = echoedCommands(evidence.output).map((command) =>
    bindMounts(command, projectDir).filter(({ source }) => isHidden(evidence, source)),
  );
  const isNamed = ({ source, target }: BindMount, isLast: boolean) =>
    source !== projectDir &&
    (line.includes(source) ||
      line.includes(source.replace(`${projectDir}/`, "")) ||
      // Only the output of the container itself has its paths.
      (isLast && line.includes(target)));
  const last = mounts.at(-1) ?? [];
  return (
    last.find((mount) => mount.source === projectDir || isNamed(mount, true)) ??
    mounts.flat().find((mount) => isNamed(mount, false))
  );
}

/** True for what lies in a mount of the job's container that is elsewhere on the daemon's host. */
function isHidden({ build, client }: Evidence, path: string): boolean {
  if (client.buildsOnHost && isWithin(path, build.projectDir)) return false;
  const mount = build.mounts
    .filter(({ destination }) => isWithin(path, destination))
    .sort((a, b) => b.destination.length - a.destination.length)[0];
  return mount !== undefined && mount.source !== mount.destination;
}

function finding(evidence: Evidence, source: string, seen: string) {
  const owner = whoseDaemon(evidence);
  if (owner === "host" && isHidden(evidence, source))
    return {
      cause: `${source} is a path of the job's container; the daemon looked for it on its own host, where there is no such thing`,
      seen,
      author: "copy instead of mounting: COPY in a Dockerfile, or docker create, docker cp and docker start -a",
      admin:
        '[runners.docker.daemon] wiring = "socket" or "dind": the builds directory is then at one path inside and outside',
    };
  const isBuild = isWithin(source, evidence.build.projectDir);
  return {
    cause: isBuild
      ? `${source} does not exist, or is a directory where a file is wanted: Docker makes a directory of a source that is missing`
      : `${source} was looked for where the daemon runs, not in the job's container`,
    seen,
    author: isBuild
      ? "make it before the container starts, under this very name"
      : "put it below $CI_PROJECT_DIR, which the daemon sees at the same path, and mount it from there",
    admin: "",
  };
}
