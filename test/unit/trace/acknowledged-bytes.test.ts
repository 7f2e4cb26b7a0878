import fc from "fast-check";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import type { Clock } from "../../../src/support/clock.ts";
import { begin, finish, type Log, withDirectory, writeRest } from "./left-logs.ts";

/** Never shows the same time twice, so that a line that is stamped twice is another line. */
function runningClock(from: number): Clock {
  let now = Date.UTC(2021, 0, 1) + from;
  return { now: () => now++, monotonic: () => 0, sleep: () => Promise.reject(new Error("nobody sleeps here")) };
}

const files = ["trace.log", "trace.log.tail", "checkpoint.0", "checkpoint.1"];

/** What a killed agent leaves: all of the same moment, and how much of it may have been sent. */
interface Left {
  readonly files: readonly (Buffer | null)[];
  readonly sent: Buffer;
}

function contentsOf(directory: string): (Buffer | null)[] {
  return files.map((file) => {
    const path = join(directory, file);
    return existsSync(path) ? readFileSync(path) : null;
  });
}

function leave(directory: string, { spool }: Log): Left {
  const sent = spool.size;
  // Read twice alike, they were all there like that at the moment between.
  for (let contents = contentsOf(directory); ;) {
    const again = contentsOf(directory);
    if (isDeepStrictEqual(again, contents))
      return { files: contents, sent: (contents[0] ?? Buffer.alloc(0)).subarray(0, sent) };
    contents = again;
  }
}

const line = fc.integer({ min: 0, max: 60 }).map((length) => `${"x".repeat(length)} secret\n`);
const writesArbitrary = fc.array(line, { minLength: 30, maxLength: 60 });

test("what the coordinator may have of a log never changes, at whatever write around its limit the agent is killed", async () => {
  await fc.assert(
    fc.asyncProperty(writesArbitrary, fc.nat(60), async (writes, killedAt) => {
      await withDirectory(async (directory) => {
        const [first, second] = [join(directory, "first"), join(directory, "second")];
        await mkdir(first);
        await mkdir(second);
        const timed = (from: number) => ({ timestamps: true, clock: runningClock(from) });
        let left: Left | null = null;
        let moments = 0;
        const moment = () => {
          if (moments++ === killedAt) left = leave(first, log);
        };
        const log: Log = await begin(first, async () => moment(), timed(0));
        const steps = log.trace.write.bind(log.trace);
        log.trace.write = async (source, bytes) => {
          await steps(source, bytes);
          await new Promise((resolve) => void setImmediate(resolve));
          await log.spool.drain();
          moment();
        };
        await writeRest(log, writes);
        await log.trace.flush();
        left ??= leave(first, log);
        await log.close();

        const { files: contents, sent } = left as Left;
        await Promise.all(
          contents.map((content, index) =>
            content === null ? Promise.resolve() : writeFile(join(second, files[index] as string), content),
          ),
        );
        const next = await begin(second, undefined, timed(60_000));
        await writeRest(next, writes);
        const whole = Buffer.from(await finish(next));
        expect(whole.subarray(0, sent.length).toString()).toBe(sent.toString());
      });
    }),
    { numRuns: 200, endOnFailure: true },
  );
}, 60_000);
