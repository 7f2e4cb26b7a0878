import { lastCommand } from "../last-command.ts";
import { isOfReport } from "../reports.ts";
import type { Rule } from "../rule.ts";
import { findLine, lastLines, ran } from "./ending.ts";

/** 128 + SIGKILL, 128 + SIGTERM. */
const codeOfKill = 137;
const codeOfTerminate = 143;
const killsItself = /\b(?:p?kill(?:all)?|timeout|(?:docker|compose) (?:kill|stop|rm|down))\b/;
const usesDocker = /\bdocker(?:-compose)? (?:compose )?(?:run|up|wait|exec|start)\b/;
const printed: readonly RegExp[] = [/(?:^|\s)(?:Killed|Terminated)(?:\s|$)/];

/** 137 without a word of memory: what is known, and where to find the rest. */
export const killedBySignal: Rule = {
  name: "killed-by-sigkill",
  of: "failed",
  explain: (evidence) => {
    const { failure, build } = evidence;
    if (failure?.exitCode !== codeOfKill || ran(evidence, killsItself)) return null;
    // Where the container is gone nobody knows what memory had to do with it.
    if (build.state?.exitCode !== codeOfKill || build.state.oomKilled) return null;
    // What runs in a container may end with any code, tests among it.
    const { kind, printed: said } = lastCommand(evidence.output);
    if (kind === "elsewhere" || (kind === "inside" && said.some(isOfReport))) return null;
    const isDocker = ran(evidence, usesDocker);
    const word = findLine(lastLines(evidence, 5), printed);
    return {
      cause: isDocker
        ? "a container that the job ran, or a command of the script, was killed (SIGKILL), and not by the runner"
        : `${word === null ? "the script" : "a command of the script"} was killed (SIGKILL), not by the runner, and not for the container's memory limit as far as Docker knows`,
      seen:
        word === null
          ? "exit code 137; state of the build container: not OOMKilled"
          : `${word.input.trim()} (state of the build container: not OOMKilled)`,
      author: isDocker
        ? "ask its daemon: docker inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' CONTAINER (without --rm)"
        : "look for what kills: a watchdog of the test runner, a tool's own time limit",
      admin:
        "dmesg -T | grep -i 'killed process' on the Docker host says whether the host's memory ran out; docker events, whether somebody ran docker kill",
    };
  },
};

/** 143: somebody asked a command of the script to end. */
export const endedBySigterm: Rule = {
  name: "ended-by-sigterm",
  of: "failed",
  explain: (evidence) => {
    if (evidence.failure?.exitCode !== codeOfTerminate || ran(evidence, killsItself)) return null;
    const word = findLine(lastLines(evidence, 5), printed);
    return {
      cause:
        "a command of the script was ended by SIGTERM, and not by the runner: that says so when it cancels a job or a limit is over",
      seen: word === null ? "exit code 143" : word.input.trim(),
      author:
        "look for what ends it: kill or timeout in a script that is called, a supervisor, docker stop of the container it waits for",
      admin: "",
    };
  },
};
