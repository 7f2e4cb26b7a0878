// What the bootstrap tells a person when it cannot go on: what happened, and what to change.

export class BootstrapFailure extends Error {
  /** @param {string} what @param {string} fix @param {string[]} [evidence] the last lines of whatever failed */
  constructor(what, fix, evidence = []) {
    super(what);
    this.name = "BootstrapFailure";
    this.fix = fix;
    this.evidence = evidence;
  }
}

export function describe(failure) {
  const lines = [`error: ${failure.message}`];
  for (const line of failure.evidence) lines.push(`  | ${line}`);
  lines.push(`fix: ${failure.fix}`);
  return lines.join("\n");
}

export const lastLines = (text, count) => text.trimEnd().split("\n").slice(-count);

export const firstLines = (text, count) => text.trim().split("\n").slice(0, count);
