import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../../src/support/clock.ts";
import { JobTrace } from "../../../src/trace/job-trace.ts";
import type { TraceSource } from "../../../src/trace/trace.ts";
import type { PatchFault, UpdateFault } from "./strict-job-api.ts";
import { never, pass, success, uploaderBench } from "./uploader-bench.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

const secret = "correct horse battery";

const pauseMs = fc.constantFrom(0, 0, 0, 5, 50, 400, 40_000);
const anyWrite = fc.record({
  source: fc.constantFrom<TraceSource>("executor", "stdout", "stderr", "service"),
  bytes: fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(secret, "glpat-abc", "line\n").map((text) => Buffer.from(text)),
    fc.integer({ min: 1, max: 40 }).map((kilobytes) => Buffer.alloc(kilobytes * 1024, "0123456789\n")),
  ),
  pauseMs,
});
// Masking is per source, as the streams are: halves that two sources print side by side are no secret of either.
const halfWrite = fc.record({
  source: fc.constant<TraceSource>("stdout"),
  bytes: fc.constantFrom(secret.slice(0, 9), secret.slice(9)).map((text) => Buffer.from(text)),
  pauseMs,
});
const writeArbitrary = fc.oneof({ weight: 4, arbitrary: anyWrite }, { weight: 1, arbitrary: halfWrite });
const patchFault: fc.Arbitrary<PatchFault> = fc.oneof(
  fc.constantFrom<PatchFault>("5xx", "hang", "lost-answer", "lost-request", "not-found"),
  fc.nat(200_000).map((claims) => ({ claims })),
);
const updateFault = fc.constantFrom<UpdateFault>("5xx", "lost-answer", "not-completed", "trace-rejected");

const scenario = fc.record({
  writes: fc.array(writeArbitrary, { maxLength: 30 }),
  patchFaults: fc.array(patchFault, { maxLength: 12 }),
  updateFaults: fc.array(updateFault, { maxLength: 4 }),
  intervalMs: fc.constantFrom(null, 1000, 3000),
  /** Before which write the coordinator forgets the end of what it has, and how much it keeps. */
  shrink: fc.option(fc.record({ before: fc.nat(30), keeps: fc.nat(1000) })),
  timestamps: fc.boolean(),
});

test("whatever the coordinator does, it ends up with the spool, byte for byte, and without a secret that a source printed", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ writes, patchFaults, updateFaults, intervalMs, shrink, timestamps }) => {
      const { api, file, spool, uploader, acknowledged } = await uploaderBench({ finalUpdateRetryLimit: 30 });
      api.intervalMs = intervalMs;
      api.patchFaults.push(...patchFaults);
      const trace = new JobTrace({
        spool,
        recordMasks: () => Promise.resolve(),
        clock: systemClock,
        secrets: [secret],
        tokens: { allDefaultTokens: true, prefixes: [] },
        timestamps,
        sections: true,
        outputLimitKilobytes: 500,
      });
      uploader.start();
      for (const [index, { source, bytes, pauseMs }] of writes.entries()) {
        if (shrink?.before === index) api.stored = api.stored.subarray(0, shrink.keeps);
        await trace.write(source, bytes);
        if (pauseMs > 0) await pass(pauseMs);
      }
      await trace.info("Job succeeded");
      await trace.flush();
      await trace.close();
      api.updateFaults.push(...updateFaults);
      let delivery = "";
      const finished = uploader.finish(success, never()).then((how) => (delivery = how));
      for (let minutes = 0; delivery === "" && minutes < 60; minutes++) await pass(60_000);
      await finished;

      expect(delivery).toBe("delivered");
      expect(api.stored.equals(file.content)).toBe(true);
      expect(api.accepted?.output).toEqual({ checksum: spool.checksum(), bytesize: file.content.length });
      for (const offset of acknowledged) expect(offset).toBeLessThanOrEqual(file.content.length);
      expect(api.stored.includes(secret)).toBe(false);
    }),
    { numRuns: 150 },
  );
}, 60_000);
