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

test("a byte that flipped ends the reading there", () => {
  const file = Buffer.from(encodeRecord({ a: 1 }) + encodeRecord({ b: 2 }) + encodeRecord({ c: 3 }));
  const at = file.indexOf("2");
  file[at] = 0x33;
  expect(decodeRecords(file)).toMatchObject({ records: [{ a: 1 }], torn: true });
});

test("a line without a record ends the reading, even where its checksum fits", () => {
  const file = Buffer.from(`${encodeRecord({ a: 1 })}00000000 \n${encodeRecord({ b: 2 })}`);
  expect(decodeRecords(file)).toEqual({ records: [{ a: 1 }], goodBytes: encodeRecord({ a: 1 }).length, torn: true });
});
