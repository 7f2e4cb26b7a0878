import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ServiceLogTaker } from "../../../src/executor/service-log-taker.ts";
import { MaskSet } from "../../../src/trace/mask.ts";
import { tokenMaskers } from "../../../src/trace/mask-rules.ts";
import { SourceChain } from "../../../src/trace/source-chain.ts";

const stamp = "2021-01-01T00:00:00.000000000Z ";
const partBytes = 16 * 1024;
const nothing = { stdout: 0, stderr: 0 };

/** Each line with its time. */
function stamped(output: string): Buffer {
  return Buffer.from(output.replaceAll(/^(?=[^])/gm, stamp));
}

function masker(secrets: readonly string[]) {
  const tokenMasker = tokenMaskers({ allDefaultTokens: true, prefixes: [] });
  return new SourceChain("service", { secrets: new MaskSet(secrets), tokenMasker, now: null });
}

/** What the log shows, without what stands before and after each line. */
function content(log: string): string {
  // eslint-disable-next-line no-control-regex
  return log.replaceAll(/\u001B\[0;37m\[service:db\] |\u001B\[0;m\n|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /g, "");
}

/** `lostAfter`: the connection is made anew, or another agent goes on, after so many chunks. */
function logged(bytes: Buffer, size: number, secrets: readonly string[], lostAfter = Infinity): string {
  const whole = masker(secrets);
  const out: Buffer[] = [];
  let taken = nothing;
  const chunks = Array.from({ length: size === Infinity ? 1 : Math.ceil(bytes.length / size) }, (_, index) =>
    size === Infinity ? bytes : bytes.subarray(index * size, (index + 1) * size),
  );
  const connect = (until: number) => {
    const taker = new ServiceLogTaker(["db"], taken, () => masker(secrets));
    const write = (shown: Buffer) => {
      if (shown.length === 0) return;
      out.push(Buffer.from(whole.push(shown)));
      taken = taker.taken;
    };
    for (const chunk of chunks.slice(0, until)) write(taker.take({ source: "stdout", bytes: chunk }));
    if (until >= chunks.length) write(taker.flush("stdout"));
  };
  if (lostAfter < Infinity) connect(lostAfter);
  connect(chunks.length);
  out.push(whole.flush());
  return Buffer.concat(out).toString();
}

const secret = fc.string({ unit: fc.constantFrom("a", "b", "c", "ü", "/"), minLength: 4, maxLength: 60 });
const filler = fc.integer({ min: 0, max: 40_000 }).map((length) => "x".repeat(length));
const edge = fc.integer({ min: -80, max: 4 }).map((before) => "y".repeat(partBytes + before));
const output = (secrets: readonly string[]) =>
  fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...secrets) },
      { weight: 2, arbitrary: edge },
      { weight: 1, arbitrary: filler },
      { weight: 1, arbitrary: fc.constantFrom("\n", "a", " ") },
    ),
    { maxLength: 12 },
  );
const scenario = fc.array(secret, { minLength: 1, maxLength: 4 }).chain((secrets) =>
  fc.record({
    secrets: fc.constant(secrets),
    text: output(secrets).map((parts) => parts.join("")),
    size: fc.integer({ min: 50, max: 50_000 }),
    lostAfter: fc.nat(20),
  }),
);

describe("for all secrets, and lines of any length", () => {
  test("no secret is in the log, wherever a line is cut into parts", () => {
    fc.assert(
      fc.property(scenario, ({ secrets, text, size }) => {
        const shown = content(logged(stamped(text), size, secrets));
        for (const each of secrets) expect(shown.includes(each)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test("the log is the same however the output is cut, and over cut connections", () => {
    fc.assert(
      fc.property(scenario, ({ secrets, text, size, lostAfter }) => {
        const whole = logged(stamped(text), Infinity, secrets);
        expect(logged(stamped(text), size, secrets) === whole).toBe(true);
        expect(logged(stamped(text), size, secrets, lostAfter) === whole).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

test("nothing of a long line is lost, and each part of it has its time", () => {
  const text = `${"0123456789".repeat(5_000)}\nshort\n${"x".repeat(partBytes)}\nno end`;
  const log = logged(stamped(text), 1_000, ["a secret"]);
  expect(content(log)).toBe(text.replaceAll("\n", ""));
  expect(
    log
      .split("\n")
      .slice(0, -1)
      .every((line) => line.startsWith(`\u001B[0;37m[service:db] ${stamp}`)),
  ).toBe(true);
});

test("the last words of a service that has ended come once, without an end of line, too", () => {
  const bytes = stamped("one\nno end");
  const first = new ServiceLogTaker(["db"], nothing, () => masker([]));
  first.take({ source: "stdout", bytes });
  expect(content(first.flush("stdout").toString())).toBe("no end");
  const second = new ServiceLogTaker(["db"], first.taken, () => masker([]));
  expect(second.take({ source: "stdout", bytes })).toHaveLength(0);
  expect(second.flush("stdout")).toHaveLength(0);
});
