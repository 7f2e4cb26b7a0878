import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeRecords, encodeRecord } from "../../../src/journal/record-line.ts";

const recordsArbitrary = fc.array(
  fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  { maxLength: 8 },
);

test("what was written is read, and a file cut off anywhere gives all records before the cut", () => {
  fc.assert(
    fc.property(recordsArbitrary, fc.double({ min: 0, max: 1, noNaN: true }), (records, share) => {
      const lines = records.map((record) => Buffer.from(encodeRecord(record)));
      const file = Buffer.concat(lines);
      expect(decodeRecords(file)).toEqual({ records, goodBytes: file.length, torn: false });

      const cut = Math.floor(file.length * share);
      let whole = 0;
      let goodBytes = 0;
      while (whole < lines.length && goodBytes + (lines[whole] as Buffer).length <= cut)
        goodBytes += (lines[whole++] as Buffer).length;
      expect(decodeRecords(file.subarray(0, cut))).toEqual({
        records: records.slice(0, whole),
        goodBytes,
        torn: goodBytes < cut,
      });
    }),
  );
});

const [one, two, three] = [{ a: 1 }, { b: 2 }, { c: 3 }];
const lines = [one, two, three].map((record) => Buffer.from(encodeRecord(record))) as [Buffer, Buffer, Buffer];

test("a byte that flipped, anywhere, costs the record that it is in, and no other", () => {
  const file = Buffer.concat(lines);
  for (let at = 0; at < file.length; at++) {
    const damaged = Buffer.from(file);
    damaged[at] = (damaged[at] as number) ^ 0x01;
    const { records, torn } = decodeRecords(damaged);
    const isNewline = file[at] === 0x0a;
    const hit = at < lines[0].length ? 0 : at < lines[0].length + lines[1].length ? 1 : 2;
    const lost = isNewline ? [hit, hit + 1] : [hit];
    expect(records).toEqual([one, two, three].filter((_, index) => !lost.includes(index)));
    expect(torn).toBe(true);
  }
});

test("zeros that a power failure left at the end are no records, and the next takes their place", () => {
  const file = Buffer.concat([lines[0], Buffer.alloc(4096)]);
  expect(decodeRecords(file)).toEqual({ records: [one], goodBytes: lines[0].length, torn: true });
});

test("any garbage between records is passed over", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
      const file = Buffer.concat([lines[0], Buffer.from(garbage), Buffer.from("\n"), lines[1]]);
      expect(decodeRecords(file)).toEqual({ records: [one, two], goodBytes: file.length, torn: true });
    }),
  );
});

test("a line without a record is none, even where its checksum fits", () => {
  const file = Buffer.concat([lines[0], Buffer.from("00000000 \n"), lines[1]]);
  expect(decodeRecords(file)).toEqual({ records: [one, two], goodBytes: file.length, torn: true });
});
