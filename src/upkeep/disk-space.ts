export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** NaN where the file system counts none, or nobody says. */
  readonly freeInodes: number;
  readonly totalInodes: number;
}

/** Shell commands that print what `readDf` reads. @param path that needs no quotes */
export const dfOf = (path: string): string => `
echo "blocks $(df -Pk ${path} 2>/dev/null | tail -n 1)"
echo "inodes $(df -Pi ${path} 2>/dev/null | tail -n 1)"
`;

/** NaN for what df didn't say. */
export function readDf(output: string): DiskSpace {
  const lines = output.split("\n");
  const blocks = numbersOf(lines, "blocks");
  const inodes = numbersOf(lines, "inodes");
  return {
    totalBytes: (blocks[0] ?? Number.NaN) * 1024,
    freeBytes: (blocks[2] ?? Number.NaN) * 1024,
    totalInodes: inodes[0] || Number.NaN,
    freeInodes: inodes[0] ? (inodes[2] ?? Number.NaN) : Number.NaN,
  };
}

/** Total, used and free of a line of df. */
function numbersOf(lines: readonly string[], mark: string): number[] {
  const line = lines.find((text) => text.startsWith(`${mark} `)) ?? "";
  return /\s(\d+)\s+(\d+)\s+(\d+)\s+(?:\d+%|-)/.exec(line)?.slice(1).map(Number) ?? [];
}
