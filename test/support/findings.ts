/** Names of the rules whose findings a log shows, in the log's order. */
export function findingsOf(log: string): string[] {
  return [...log.matchAll(/^(?:Why it failed|Worth knowing): .* \[([a-z0-9-]+)\]$/gm)].map(
    (match) => match[1] as string,
  );
}
