import { quote } from "./quote.ts";
import { green, notice, plain } from "./say.ts";

/** How an author's lines are shown and checked. */
export interface LineStyle {
  /** FF_ENABLE_BASH_EXIT_CODE_CHECK: leave after a failed line even where the author switched errexit off. */
  readonly exitCodeCheck: boolean;
  /** Multi-line commands are shown whole in a collapsed section `section_<prefix>_<n>`; null: their first line only. */
  readonly sectionPrefix: string | null;
}

const CHECK = "_longshore_code=$?; if [ $_longshore_code -ne 0 ]; then exit $_longshore_code; fi";

/** Echoes each of an author's commands and runs it as it was written. */
export function commandLines(lines: readonly string[], style: LineStyle): string[] {
  return lines.flatMap((line, index) => [
    ...announce(line.trim(), style.sectionPrefix === null ? null : `${style.sectionPrefix}_${String(index)}`),
    complete(line),
    ...(style.exitCodeCheck ? [CHECK] : []),
  ]);
}

/** A backslash at the end must not join the author's line to the next command. */
function complete(line: string): string {
  const text = line.trimEnd();
  return text.endsWith("\\") ? `${line}\n` : text;
}

function announce(command: string, section: string | null): string[] {
  if (command === "") return [plain("")];
  const newline = command.indexOf("\n");
  if (newline < 0) return [notice(`$ ${command}`)];
  if (section === null) return [notice(`$ ${command.slice(0, newline)} # collapsed multi-line command`)];
  const mark = (kind: string, options: string, text: string) =>
    `printf 'section_%s:%s:section_%s\\r\\033[0K%s\\n' ${kind} "$(date +%s)" ${quote(section + options)} ${quote(text)}`;
  return [mark("start", "[hide_duration=true,collapsed=true]", green(`$ ${command}`)), mark("end", "", "")];
}
