import { isEcho } from "./lines.ts";

/** The command that ended a script: the script went on after all others. */
export interface LastCommand {
  /** As it was echoed; "" when none was. */
  readonly command: string;
  /**
   * "docker": docker's or Compose's own, whose failure is its own. "inside": the same, that shows what programs print
   * in containers (`docker run`, `compose up`). "elsewhere": what it prints, another machine or a cluster may say.
   * "program": anything else, which may live with what docker tells it, or repeat it.
   */
  readonly kind: "docker" | "inside" | "elsewhere" | "program";
  /** What it printed, oldest line first, without empty lines. */
  readonly printed: readonly string[];
}

const dockers = /^(?:(?:time|sudo) |(?:[A-Z_][A-Z0-9_]*=\S* ))*docker(?:-compose)?\s/;
/** Several commands in one line: who said what, nobody knows. */
const several = /\|\||&&|[;|]|collapsed multi-line/;
/** What comes first of these decides: the words before it are options and their values. */
const verb =
  /\s(run|exec|start|attach|logs|up|wait|build|buildx|pull|push|tag|login|logout|info|version|ps|images?|rmi?|cp|inspect|save|load|import|network|volume|system|manifest|create|stop|kill|down|config)(?=\s|$)/;
const ofInside = ["run", "exec", "start", "attach", "logs", "up", "wait"];
const otherDaemon = /\s(?:(?:-H|--host)[\s=]?ssh:|--context[\s=])/;
const elsewhere =
  /(?:^|[;&|(]\s*|\b(?:sudo|time|exec|xargs) )(?:ssh|scp|sftp|rsync|sshpass|mosh|ansible(?:-\w+)?|kamal|cap|fab|salt|kubectl|oc|helm|nomad|flyctl|fly|aws|gcloud|az|heroku|terraform|tofu|pulumi|vagrant|lxc|incus|su|chroot|nsenter)\s/;
/** A command's first words on stderr may overtake the line on stdout that shows the command. */
const mostOvertaking = 3;
/** Before the first command nobody else says anything. */
const mostBeforeFirst = 6;

export function lastCommand(output: readonly string[]): LastCommand {
  const lines = output.filter((line) => line.trim() !== "");
  const at = lines.findLastIndex(isEcho);
  const command = at < 0 ? "" : (lines[at] as string).slice(2);
  const kind = kindOf(command);
  const after = lines.slice(at + 1);
  // Where something follows the echo, that is the command's; what stands before may be an earlier one's.
  const printed =
    after.length > 0 || kind === "elsewhere" ? after : overtaken(lines.slice(0, Math.max(at, 0)), command);
  return { command, kind, printed };
}

function overtaken(before: readonly string[], command: string): readonly string[] {
  const echo = before.findLastIndex(isEcho);
  if (echo < 0) return before.slice(-mostBeforeFirst);
  const last = before.slice(Math.max(echo + 1, before.length - mostOvertaking));
  if (kindOf(command) === "program") {
    const words = command.split(/[\s;&|()'"]+/).filter((word) => word.length > 1);
    return last.filter((line) => line.split(/[\s:'"]+/).some((word) => words.includes(word)));
  }
  const previous = (before[echo] as string).slice(2);
  // What may complain and go on all the same has printed this itself.
  const isSuspect = kindOf(previous) !== "program" || several.test(previous) || /\bset \+e|^\.?\//.test(previous);
  return isSuspect ? [] : last;
}

function kindOf(command: string): LastCommand["kind"] {
  if (elsewhere.test(command)) return "elsewhere";
  if (!dockers.test(command) || several.test(command)) return "program";
  if (otherDaemon.test(command)) return "elsewhere";
  return ofInside.includes(verb.exec(command)?.[1] ?? "") ? "inside" : "docker";
}
