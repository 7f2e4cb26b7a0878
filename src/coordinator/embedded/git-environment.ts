/**
 * The environment of every git that the coordinator starts: no question on a terminal, messages in English, no lock
 * taken for a mere look, and none of the GIT_* variables that a hook or a shell may have left. Pure.
 *
 * @param base the environment that programs are found and configured by (PATH, HOME, SUDO_UID)
 */
export function gitEnvironment(base: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [key, value] of Object.entries(base)) {
    if (value !== undefined && !key.startsWith("GIT_")) result[key] = value;
  }
  return { ...result, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0" };
}
