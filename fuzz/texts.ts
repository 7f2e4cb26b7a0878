import * as fc from "fast-check";

/** What shells, terminals, TOML, YAML, JSON, URLs and paths give a meaning to, and what breaks text apart. */
const metacharacters = [
  ...Array.from("\0\t\n\r\x1b\x7f \"'`\\$#%&*()[]{}<>|;:,.=+-_/?!@~^"),
  "\r\n",
  "..",
  "../",
  "//",
  "${",
  "$(",
  "\x1b[0K",
  "\u0085",
  "\u2028",
  "\u202e",
  "\ufeff",
  "\ufffd",
  "\ud800",
  "é",
  "😀",
  "__proto__",
  "constructor",
  "toString",
  "9".repeat(30),
  "a".repeat(70),
];

export interface TextOptions {
  /** Characters of the longest inputs; default 60 000. They show what takes more than linear time. */
  readonly longest?: number;
  /** Pieces of the usual inputs; default 12. */
  readonly pieces?: number;
}

/** Text for a reader whose language is made of `words`: near to what it takes, anything, and now and then a very long run. */
export function hostileText(words: readonly string[], options: TextOptions = {}): fc.Arbitrary<string> {
  const { longest = 60_000, pieces = 12 } = options;
  const word = fc.constantFrom(...words);
  const any = fc.oneof({ arbitrary: word, weight: 3 }, fc.constantFrom(...metacharacters));
  const few = joined(fc.array(any, { maxLength: 3 }));
  return fc.oneof(
    { weight: 80, arbitrary: joined(fc.array(word, { maxLength: pieces })) },
    { weight: 80, arbitrary: joined(fc.array(any, { maxLength: pieces })) },
    { weight: 30, arbitrary: fc.string({ unit: "binary", maxLength: 24 }) },
    { weight: 1, arbitrary: longText(few, joined(fc.array(any, { minLength: 1, maxLength: 3 })), longest) },
  );
}

/** One piece over and over, with something before and behind: what a pattern has to go back and forth in. */
function longText(edge: fc.Arbitrary<string>, unit: fc.Arbitrary<string>, longest: number): fc.Arbitrary<string> {
  return fc.tuple(edge, unit, edge, fc.integer({ min: 1, max: 8 })).map(([before, piece, after, eighths]) => {
    const times = Math.ceil((longest * eighths) / 8 / Math.max(piece.length, 1));
    return `${before}${piece.repeat(times)}${after}`;
  });
}

function joined(pieces: fc.Arbitrary<readonly string[]>): fc.Arbitrary<string> {
  return pieces.map((list) => list.join(""));
}

/** Bytes with a way to cut them: how a stream is cut must not show in what is read from it. */
export function inPieces(bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<readonly Buffer[]> {
  const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 });
  return fc.tuple(bytes, lengths).map(([whole, cuts]) => {
    const factor = Math.max(1, Math.ceil(whole.length / 400));
    const pieces: Buffer[] = [];
    for (let at = 0, turn = 0; at < whole.length; turn++) {
      const length = (cuts[turn % cuts.length] as number) * factor;
      pieces.push(whole.subarray(at, at + length));
      at += length;
    }
    return pieces;
  });
}

/** A buffer with some of its bytes changed, cut out or doubled. */
export function damaged(bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const change = fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom("set", "cut", "insert", "repeat", "end"),
  );
  return fc.tuple(bytes, fc.array(change, { maxLength: 4 })).map(([whole, changes]) =>
    changes.reduce<Buffer>((buffer, [place, byte, kind]) => {
      const at = Math.floor(place * buffer.length);
      const before = buffer.subarray(0, at);
      const after = buffer.subarray(at + 1);
      if (kind === "end") return before;
      if (kind === "cut") return Buffer.concat([before, after]);
      if (kind === "insert") return Buffer.concat([before, Buffer.from([byte]), buffer.subarray(at)]);
      if (kind === "repeat") return Buffer.concat([before, buffer.subarray(Math.max(0, at - byte))]);
      return Buffer.concat([before, Buffer.from([byte]), after]);
    }, whole),
  );
}
