import { expect, test } from "vitest";
import { mostAtOnce, sectionMilliseconds, stampDelays, stampsOf } from "../../../bench/timeline.ts";

const log = [
  "2025-03-01T10:15:00.000000Z 00O section_start:1740824100:restore_cache\r\u001b[0K",
  "2025-03-01T10:15:00.100000Z 00O+\u001b[0KRestoring cache",
  '2025-03-01T10:15:01.000000Z 01O $ echo "stamp $(date +%s%N)"',
  "2025-03-01T10:15:01.250000Z 00O section_end:1740824101:restore_cache\r\u001b[0K",
  "",
].join("\n");

test("measures a section by the timestamps of its lines", () => {
  expect(sectionMilliseconds(log, "restore_cache")).toBe(1250);
});

test("knows no section by the beginning of its name", () => {
  expect(sectionMilliseconds(log, "restore")).toBeNull();
  expect(sectionMilliseconds(log, "archive_cache")).toBeNull();
});

test("finds the section that is opened in the line that closes another", () => {
  const both = [
    "2025-03-01T10:15:00.000000Z 00O section_end:1:a\r\u001b[0Ksection_start:1:b\r",
    "2025-03-01T10:15:02.000000Z 00O section_end:3:b\r",
  ];
  expect(sectionMilliseconds(both.join("\n"), "b")).toBe(2000);
});

test("reads stamps in milliseconds, and not the command that prints them", () => {
  expect(stampsOf(`${log}x stamp 1740824101000500000\nstamp 1740824102000000000\n`)).toEqual([
    1740824101000.5, 1740824102000,
  ]);
});

test("a stamp has arrived with the patch that brings the end of its line", () => {
  const line = "stamp 1740824101000000000\n";
  const bytes = Buffer.from(`é${line}${line}`);
  const patches = [
    { at: 1740824101010, offset: 0, bytes: 10 },
    { at: 1740824101020, offset: 10, bytes: 17 },
    { at: 1740824101050, offset: 27, bytes: 1 },
    { at: 1740824101090, offset: 28, bytes: 26 },
  ];
  expect(bytes.length).toBe(54);
  expect(stampDelays(bytes, patches)).toEqual([50, 90]);
});

test("a stamp that never arrived is an error", () => {
  expect(() => stampDelays(Buffer.from("stamp 1740824101000000000\n"), [])).toThrow("no patch brought byte 26");
});

test("counts the jobs that ran at the same time", () => {
  const job = (started: number, finished: number) => ({ started, finished });
  expect(mostAtOnce([job(0, 10), job(5, 15), job(10, 20), job(12, 13)])).toBe(3);
  expect(mostAtOnce([job(0, 10), job(10, 20)])).toBe(1);
  expect(mostAtOnce([])).toBe(0);
});
