/**
 * Wraps a container's entrypoint and arguments so that it ends by itself after so many seconds, should nobody be left to
 * remove it. The image needs sh. The wrapped process is the container's first one, so that its end is the container's.
 */
export function boundedCommand(command: readonly string[], seconds: number): string[] {
  const script = `
"$@" &
child=$!
trap 'kill "$child"' TERM
(sleep ${seconds}; kill -9 "$child") >/dev/null 2>&1 &
wait "$child"
`;
  return ["sh", "-c", script, "sh", ...command];
}
