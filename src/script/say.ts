import { quote } from "./quote.ts";

const BOLD_GREEN = "\u001b[32;1m";
const YELLOW = "\u001b[0;33m";
const BOLD_RED = "\u001b[31;1m";
const RESET = "\u001b[0;m";

/** A text in the colour of GitLab Runner's headings. */
export function green(text: string): string {
  return `${BOLD_GREEN}${text}${RESET}`;
}

/** A text in the colour in which GitLab Runner's scripts warn. */
export function yellow(text: string): string {
  return `${YELLOW}${text}${RESET}`;
}

// printf and not echo: dash's echo would interpret backslashes in a job's own text.

/** A command that prints a line of ours into the job's log. */
export function plain(text: string): string {
  return `printf '%s\\n' ${quote(text)}`;
}

export function notice(text: string): string {
  return plain(green(text));
}

/** Yellow, as GitLab Runner's scripts warn. */
export function caution(text: string): string {
  return plain(yellow(text));
}

/** Yellow with `WARNING: `, as its helper's commands do. */
export function warning(text: string): string {
  return caution(`WARNING: ${text}`);
}

export function error(text: string): string {
  return plain(`${BOLD_RED}ERROR: ${text}${RESET}`);
}
