import { expect, test } from "vitest";
import { OutputLimit } from "../../../src/trace/limit.ts";
import { LimitedLog } from "../../../src/trace/limited-log.ts";
import type { TraceSpool } from "../../../src/trace/spool.ts";

/** Of a disk that was waited for long enough: nobody waits for it any more. */
function spoolOf(size: number): TraceSpool {
  const spool = {
    appendedSize: size,
    append: (bytes: Buffer) => {
      spool.appendedSize += bytes.length;
      return Promise.resolve();
    },
    drain: () => Promise.resolve(),
  };
  return spool as unknown as TraceSpool;
}

test("of a tail whose place took longer to make than there was memory for, as much is counted as is there", async () => {
  const limit = new OutputLimit(1);
  const log = new LimitedLog({ spool: spoolOf(0), limit, cut: () => ({ at: 0, sections: [] }) });
  await log.append(Buffer.alloc(2048, "a"));
  const beginning = log.beginning;
  for (let part = 0; part < 10; part++) await log.append(Buffer.alloc(100_000, "b"));
  const tail = spoolOf((beginning?.from ?? 0) + (beginning?.bytes.length ?? 0));
  log.useTail(tail);
  expect(log.position.tailBytes).toBe(tail.appendedSize);
  await log.append(Buffer.alloc(10));
  expect(log.position.tailBytes).toBe(tail.appendedSize);
});
