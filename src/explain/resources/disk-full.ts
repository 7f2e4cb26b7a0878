import type { Rule } from "../rule.ts";
import { complained } from "./said.ts";

/**
 * As the C library, Node, Python, Rust, Java and Go end their sentence about a file. Not of /dev/full, which is there
 * for tests, nor PostgreSQL's, which its clients show wherever it runs.
 */
const words =
  /(?:: No space left on device(?: \(\d{1,3}\))?$|ENOSPC: no space left on device, |\[Errno 28\] No space left on device|No space left on device \(os error 28\)|IOException: No space left on device|: no space left on device$(?<=(?:write|mkdir|open|close|sync|copy_file_range|fallocate|creat|link|rename) \S.{0,600}))(?<!(?:\/dev\/full|ERROR: {2}could not ).{0,300})/;

/** Which it was, where the line says so; its first words may be the path of the program. */
const file = /['"`](\/[^'"`]+)['"`]|\b(?:write|writing|mkdir|open|close|sync|creat|link|rename)(?: to)? (\/[^\s:'"]+)/;

/** A program of the job's could not write. */
export const diskFull: Rule = {
  name: "disk-full",
  of: "failed",
  explain: (evidence) => {
    const said = complained(evidence, words);
    if (said === null) return null;
    const [, quoted, plain] = file.exec(said.match.input) ?? [];
    const path = quoted ?? plain;
    const where = path === undefined ? "a disk that the job writes to" : `the disk with ${path}`;
    return {
      cause: `${where} is full, or has no inodes left`,
      seen: said.line,
      author: `see which: df -h ${path === undefined ? "." : parent(path)}; df -i; then write less, or remove what is done with`,
      admin:
        "make room where the daemon keeps containers and volumes (docker system df), or give a tmpfs of config.toml more size",
    };
  },
};

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
