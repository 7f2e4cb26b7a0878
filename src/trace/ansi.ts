/** The escape sequences that GitLab's log viewer gets from GitLab Runner (protocol section 8.4). */
export const ansi = {
  boldRed: "\x1b[31;1m",
  boldGreen: "\x1b[32;1m",
  boldYellow: "\x1b[33;1m",
  boldCyan: "\x1b[36;1m",
  yellow: "\x1b[0;33m",
  reset: "\x1b[0;m",
  clearLine: "\x1b[0K",
} as const;
