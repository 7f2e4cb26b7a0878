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
  const search = `for shell in ${CANDIDATES.join(" ")}; do if [ -x "$shell" ]; then exec "$shell"; fi; done`;
  return ["sh", "-c", `${search}\necho "shell not found"\nexit 1\n`];
}
