import type { LineStream } from "./numbered-lines.ts";

export interface PrintedLines {
  readonly lines: ReadonlyMap<LineStream, readonly string[]>;
  /** Lines in which a mark stands where none may. */
  readonly mangled: readonly string[];
  /** The last stage that the log names; "" when none began. */
  readonly lastStage: string;
}

const stamp = /^\d{4}-\d\d-\d\dT[\d:.]+Z [0-9a-f]{2}[OE]([ +])/;
const printedLine = /^~([OEAMH]):\d+:/;
const mark = /~[OEAMH]:/;
const section = /section_start:\d+:([a-z_]+)/g;

/** Takes what the script printed out of a job's log as the coordinator has it. Pure. */
export function readLog(raw: string): PrintedLines {
  const lines = new Map<LineStream, string[]>();
  const mangled: string[] = [];
  for (const line of plainLines(raw)) {
    const stream = printedLine.exec(line)?.[1] as LineStream | undefined;
    // A mark's own beginning is of no use to look for: the command's echo shows how the marks are made.
    if (stream === undefined || mark.test(line.slice(1))) {
      if (mark.test(line) && !line.startsWith("$ ")) mangled.push(line);
      if (stream === undefined) continue;
    }
    const known = lines.get(stream);
    if (known === undefined) lines.set(stream, [line]);
    else known.push(line);
  }
  const lastStage = [...raw.matchAll(section)].at(-1)?.[1] ?? "";
  return { lines, mangled, lastStage };
}

/** A word of the agent's own that came while the script's line had no end yet: the line goes on below it. */
// eslint-disable-next-line no-control-regex
const ownWords = /(?<=\n~[OEAMH]:[^\n]*)\u001B\[0;33mWARNING: [^\n]*\n/g;

function* plainLines(raw: string): Generator<string> {
  for (const line of raw.replaceAll(ownWords, "").split("\n")) {
    yield (
      line
        .replace(stamp, "")
        .replaceAll(/section_(?:start|end):\d+:[^\r\n]*\r/g, "")
        // eslint-disable-next-line no-control-regex
        .replaceAll(/\u001B\[[0-9;]*[A-Za-z]/g, "")
        .replaceAll("\r", "")
    );
  }
}
