import type { Evidence } from "../evidence.ts";
import { lastCommand } from "../last-command.ts";
import { echoedCommands, isEcho } from "../lines.ts";

/**
 * The last lines of the last command, oldest first, without empty ones: what an earlier one complained of did not end
 * the job. None of a command that works elsewhere.
 */
export function lastLines({ output }: Pick<Evidence, "output">, count: number): readonly string[] {
  const { kind, printed } = lastCommand(output);
  return kind === "elsewhere" ? [] : printed.slice(-count);
}

/** The same, without what a program said in a container that the job started: nothing in the job's image is wrong then. */
export function ownLines(evidence: Pick<Evidence, "output">, count: number): readonly string[] {
  return lastCommand(evidence.output).kind === "inside" ? [] : lastLines(evidence, count);
}

/** The last of these lines that one of the patterns matches, the first pattern first. */
export function findLine(lines: readonly string[], patterns: readonly RegExp[]): RegExpExecArray | null {
  for (const pattern of patterns) {
    const match = lines.map((line) => pattern.exec(line)).findLast((found) => found !== null);
    if (match !== undefined) return match;
  }
  return null;
}

/** The line of a match. */
export function lineOf(match: RegExpExecArray): string {
  return match.input.trim();
}

/** True when a command of the script, as far as the echo shows it, matches. */
export function ran(evidence: Pick<Evidence, "output">, pattern: RegExp): boolean {
  return echoedCommands(evidence.output).some((command) => pattern.test(command));
}

/** True when no command of the script was begun: each is echoed first. */
export function nothingRan({ output, outputIsWhole }: Pick<Evidence, "output" | "outputIsWhole">): boolean {
  return outputIsWhole && !output.some(isEcho);
}
