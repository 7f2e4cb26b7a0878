import { helperScript } from "./isolate.ts";
import { quote } from "./quote.ts";
import { plain } from "./say.ts";

/** A script that prints the `count` largest files below a directory, the largest first, each with its size. Exit code 0 in any case. */
export function largestFilesScript(directory: string, count: number): string {
  return helperScript(
    [
      `cd ${quote(directory)}`,
      plain(`The ${String(count)} largest files of it:`),
      `{ find . -type f -exec stat -c '%s %n' {} + | sort -rn | head -n ${String(count)} || :; } |`,
      `  while read -r _longshore_size _longshore_name; do`,
      `    printf '%10s KiB  %s\\n' "$(((_longshore_size + 1023) / 1024))" "\${_longshore_name#./}"`,
      `  done`,
    ],
    true,
  );
}
