import { shellLine } from "./script-marks.ts";

const CANDIDATES = [
  "/usr/local/bin/bash",
  "/usr/bin/bash",
  "/bin/bash",
  "/usr/local/bin/sh",
  "/usr/bin/sh",
  "/bin/sh",
  "/busybox/sh",
];

/**
 * The command that a container is started with: it becomes the first shell of GitLab Runner's list that is there,
 * which then reads the script from standard input. Without any it says so and exits with 1.
 */
export function shellCommand(): string[] {
  return becoming(`exec "$shell"`);
}

/** As `shellCommand`, for where an entrypoint may stand before it: it says so first when it has come to the shell. */
export function announcedShellCommand(): string[] {
  return becoming(`${shellLine}; exec "$shell"`);
}

/**
 * True when a container with this entrypoint and a shell's command reads the script, and nothing else does before: with
 * none, and with a bare shell's `-c` that takes the command's first word for all of it.
 */
export function readsScript(entrypoint: readonly string[]): boolean {
  const [program = "", ...flags] = entrypoint;
  if (program === "") return true;
  return /(?:^|\/)(?:ba|da|a|k|z)?sh$/.test(program) && /^(?:-[a-z]+ )*-[a-z]*c$/.test(flags.join(" "));
}

function becoming(found: string): string[] {
  const search = `for shell in ${CANDIDATES.join(" ")}; do if [ -x "$shell" ]; then ${found}; fi; done`;
  return ["sh", "-c", `${search}\necho "shell not found"\nexit 1\n`];
}
