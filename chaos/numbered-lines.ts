/** Who printed a line: the script on stdout, on stderr, after_script, what has a secret in it, the hash at the end. */
export type LineStream = "O" | "E" | "A" | "M" | "H";

/** Lines `first`..`last` of a stream: `~O:17:1144108930:xxxx`. Their content depends on `seed` and their number alone. */
export interface LineRange {
  readonly stream: LineStream;
  readonly first: number;
  readonly last: number;
  /** 1 to 2^31 - 2. */
  readonly seed: number;
  /** A line ends with up to so many x; at most 400. */
  readonly width: number;
}

const modulus = 2_147_483_647;
const factor = 16_807;
const printed = "/tmp/printed";

/** To stand first in a script that prints lines. Products stay below 2^53, where awk's numbers are exact. */
export const linesPrelude = `lines() {
  awk -v s="$1" -v a="$2" -v b="$3" -v x="$4" -v w="$5" 'BEGIN {
    p = sprintf("%400s", ""); gsub(/ /, "x", p)
    for (i = 1; i <= b; i++) { x = (x * ${factor}) % ${modulus}; if (i >= a) printf "~%s:%d:%d:%s\\n", s, i, x, substr(p, 1, x % (w + 1)) }
  }'
}
: >${printed}`;

/** A command that prints them, all in one stream of writes. */
export function printsLines({ stream, first, last, seed, width }: LineRange): string {
  const lines = `lines ${stream} ${first} ${last} ${seed} ${width}`;
  if (stream === "E") return `${lines} >&2`;
  return stream === "O" ? `${lines} | tee -a ${printed}` : lines;
}

/** What the script printed on its stream O so far, as a hash. */
export const printsHash = `printf '~H:1:%s\\n' "$(sha256sum <${printed} | cut -c1-64)"`;

/** The lines without their ends. Pure. */
export function expectedLines({ stream, first, last, seed, width }: LineRange): string[] {
  const lines: string[] = [];
  let value = seed;
  for (let index = 1; index <= last; index++) {
    value = (value * factor) % modulus;
    if (index >= first) lines.push(`~${stream}:${index}:${value}:${"x".repeat(value % (width + 1))}`);
  }
  return lines;
}
