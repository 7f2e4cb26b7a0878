import { commandLines } from "./command-lines.ts";
import { environmentLines, type Environment, makeDirectory } from "./environment.ts";
import { isolated } from "./isolate.ts";
import { quote } from "./quote.ts";
import { error, notice } from "./say.ts";
import { beginLine, endLine, type ScriptMark } from "./script-marks.ts";
import { traceLine } from "./xtrace.ts";

export interface UserScriptOptions extends Environment {
  /** The items of the author's `script:` (or `after_script:`) list, variables unexpanded. */
  readonly lines: readonly string[];
  readonly projectDir: string;
  /** Admin's scripts of config.toml around the author's; "" (default) for none. */
  readonly preBuildScript?: string;
  readonly postBuildScript?: string;
  /** Said in bold green before the first line, e.g. `Running after script...`; "" (default) for nothing. */
  readonly heading?: string;
  /** CI_DEBUG_TRACE; default false. */
  readonly xtrace?: boolean;
  /** FF_ENABLE_BASH_EXIT_CODE_CHECK; default false. */
  readonly exitCodeCheck?: boolean;
  /** FF_SCRIPT_SECTIONS with the job feature trace_sections: `script_step` or `after_script_step`. null (default): none. */
  readonly sectionPrefix?: string | null;
  /** What it says of itself; null (default): nothing. */
  readonly mark?: ScriptMark | null;
}

/** What is written to the build container's shell (see shell-detection.ts). Its exit code is that of the line that failed. */
export function userScript(options: UserScriptOptions): string {
  const exitCodeCheck = options.exitCodeCheck ?? false;
  const sectionPrefix = options.sectionPrefix ?? null;
  const admin = (script: string | undefined, name: string) =>
    script ? commandLines([script], { exitCodeCheck, sectionPrefix: sectionPrefix && name }) : [];
  const { mark = null } = options;
  const script = isolated(
    [
      ...(mark === null ? [] : [beginLine(mark)]),
      ...enterDirectory(options.projectDir),
      ...environmentLines(options),
      ...(options.heading ? [notice(options.heading)] : []),
      // Not earlier: the trace would show the file variables' contents and the whole script.
      ...(options.xtrace ? [traceLine] : []),
      ...admin(options.preBuildScript, "pre_build_script"),
      ...commandLines(options.lines, { exitCodeCheck, sectionPrefix }),
      ...admin(options.postBuildScript, "post_build_script"),
    ].join("\n"),
  );
  return mark === null ? script : `${endLine(mark)}\n${script}`;
}

function enterDirectory(path: string): string[] {
  return [
    `if ! { ${makeDirectory(path)}; } || ! cd ${quote(path)}; then`,
    `  ${error(`the project directory ${path} cannot be entered`)}`,
    `  exit 1`,
    `fi`,
  ];
}
