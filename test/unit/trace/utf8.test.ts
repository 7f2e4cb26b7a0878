import fc from "fast-check";
import { expect, test } from "vitest";
import { Utf8Filter } from "../../../src/trace/utf8.ts";
import { inPieces, textOf } from "./cuts.ts";

const bytesNearBorders = fc
  .array(
    fc.oneof(
      fc.constantFrom(...["e", "ü", "€", "🚢", "\u{10ffff}"].map((character) => Buffer.from(character))),
      fc.constantFrom(0x80, 0xbf, 0xc0, 0xc3, 0xe0, 0xed, 0xf0, 0xf4, 0xff, 0x41).map((byte) => Buffer.of(byte)),
    ),
  )
  .map((parts) => Buffer.concat(parts));

test("a cut through a character or a broken sequence does not change the output", () => {
  fc.assert(
    fc.property(inPieces(bytesNearBorders), (pieces) => {
      const whole = Buffer.concat(pieces);
      expect(textOf(new Utf8Filter(), pieces)).toBe(Buffer.from(whole.toString("utf8")).toString("latin1"));
    }),
  );
});

test("valid text passes as the very same object", () => {
  const chunk = Buffer.from("größer\n");
  expect(new Utf8Filter().push(chunk)).toBe(chunk);
});

test("a character that never ends becomes one U+FFFD at the flush", () => {
  const filter = new Utf8Filter();
  expect(filter.push(Buffer.from([0x61, 0xe2, 0x82])).toString()).toBe("a");
  expect(filter.flush().toString()).toBe("\ufffd");
  expect(filter.flush()).toHaveLength(0);
});
