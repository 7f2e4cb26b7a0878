import fc from "fast-check";
import { expect, test } from "vitest";
import { OutputLimit } from "../../../src/trace/limit.ts";

const notice =
  "\n\x1b[33;1mJob's log exceeded limit of 1024 bytes.\nJob execution will continue but no more output will be shown until it ends; then the last of it follows.\x1b[0;m\n";

function limited(limit: OutputLimit, pieces: readonly Buffer[]): string {
  return Buffer.concat(pieces.map((piece) => limit.push(piece).head)).toString();
}

test("what stays under the limit passes, what reaches it is cut and said once", () => {
  const limit = new OutputLimit(1);
  const text = "x".repeat(1023);
  expect(limited(limit, [Buffer.from(text)])).toBe(text);
  expect(limited(limit, [Buffer.from("yz")])).toBe(`y${notice}`);
  expect(limited(limit, [Buffer.from("more")])).toBe("");
});

test("a log that ends exactly at the limit has reached it", () => {
  const text = "x".repeat(1024);
  expect(limited(new OutputLimit(1), [Buffer.from(text)])).toBe(text + notice);
});

test("the cut never goes through a character", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 8 }), fc.constantFrom("ü", "€", "🚢"), (shift, character) => {
      const text = "a".repeat(1016 + shift) + character.repeat(10);
      const output = limited(new OutputLimit(1), [Buffer.from(text)]);
      expect(output.endsWith(notice)).toBe(true);
      const kept = output.slice(0, -notice.length);
      expect(text.startsWith(kept)).toBe(true);
      expect(1024 - Buffer.byteLength(kept)).toBeLessThan(Buffer.byteLength(character));
    }),
  );
});

test("0 means GitLab Runner's default of 4 MiB", () => {
  const limit = new OutputLimit(0);
  expect(limit.push(Buffer.alloc(4 * 1024 * 1024 - 1)).head).toHaveLength(4 * 1024 * 1024 - 1);
  expect(limit.push(Buffer.from("ab")).head.toString()).toContain(
    "a\n\x1b[33;1mJob's log exceeded limit of 4194304 bytes.",
  );
});

test("a log that goes on after a restart counts what it holds already", () => {
  expect(limited(new OutputLimit(1, 1020), [Buffer.from("abcdef")])).toBe(`abcd${notice}`);
  // The limit was lowered meanwhile.
  expect(limited(new OutputLimit(1, 1150), [Buffer.from("abcdef"), Buffer.from("ghi")])).toBe(notice);
});

test("what is cut off is handed back whole", () => {
  const limit = new OutputLimit(1);
  const { rest } = limit.push(Buffer.from(`${"x".repeat(1023)}üyz`));
  expect(rest.toString()).toBe("üyz");
  expect(limit.push(Buffer.from("more"))).toEqual({ head: Buffer.alloc(0), rest: Buffer.from("more") });
});
