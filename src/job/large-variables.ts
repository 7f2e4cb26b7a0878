/** What Linux takes as one string of an environment where pages have 4 KiB, its end included. */
const mostBytes = 131_072;

/** Of what the kernel will not take, so that no program of the job's can be started. @param environment `KEY=VALUE` */
export function largeVariableWarnings(environment: readonly string[]): string[] {
  return environment
    .filter((entry) => entry.length * 3 >= mostBytes && new TextEncoder().encode(entry).length >= mostBytes)
    .map((entry) => {
      const key = entry.slice(0, entry.indexOf("="));
      return `The variable ${key} is longer than the 128 KiB that a program can be given in one: make it a variable of type file`;
    });
}
