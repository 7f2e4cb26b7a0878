import fc from "fast-check";
import { cp, mkdir, readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { closeLeftLog } from "../../../src/trace/left-log.ts";
import { begin, finish, withDirectory, writeRest } from "./left-logs.ts";

const line = fc.integer({ min: 0, max: 30 }).map((length) => `${"x".repeat(length)} secret\n`);
const long = fc.integer({ min: 1, max: 9 }).map((kilobytes) => `${"0123456789abcde\n".repeat(kilobytes * 1024)}`);
const writesArbitrary = fc.array(fc.oneof({ weight: 3, arbitrary: line }, { weight: 2, arbitrary: long }), {
  minLength: 5,
  maxLength: 60,
});

test("an agent killed before any write to the disk, or after the last, leaves a log that ends as if it had lived", async () => {
  await fc.assert(
    fc.asyncProperty(writesArbitrary, fc.nat(15), async (writes, killedAt) => {
      await withDirectory(async (directory) => {
        const inDirectory = async (name: string) => {
          await mkdir(join(directory, name));
          return join(directory, name);
        };
        const undisturbed = await begin(await inDirectory("whole"));
        await writeRest(undisturbed, writes);
        const expected = await finish(undisturbed);

        const killed = await inDirectory("killed");
        const left = join(directory, "left");
        let checkpoints = 0;
        const leave = () => cp(killed, left, { recursive: true });
        const first = await begin(killed, async () => {
          if (checkpoints++ === killedAt) await leave();
        });
        await writeRest(first, writes);
        await first.trace.flush();
        if (checkpoints <= killedAt) await leave();
        await first.close();

        const second = await begin(left);
        await writeRest(second, writes);
        expect(await finish(second)).toBe(expected);
      });
    }),
    { numRuns: 100 },
  );
}, 60_000);

test("a log is cut, most of it is left out, and its last 256 KiB begin with a line", async () => {
  await withDirectory(async (directory) => {
    const log = await begin(directory);
    const lines = Array.from({ length: 200_000 }, (_, index) => `line ${index}\n`);
    await writeRest(log, [lines.join("")]);
    await log.trace.error("Job failed: exit code 1");
    const text = await finish(log);
    const [, head, left, count, end] =
      /^(.*)\n.{7}Job's log exceeded limit of 1024 bytes\.\n[^\n]*\n.{7}(\d+) bytes of the log are left out here\. Its last (\d+) bytes:.{5}\n(.*)$/s.exec(
        text,
      ) ?? [];
    expect(lines.join("").startsWith(head ?? "?")).toBe(true);
    const raw = `${lines.join("")}\u001b[31;1mERROR: Job failed: exit code 1\u001b[0;m\n`;
    expect(raw.endsWith(end ?? "?")).toBe(true);
    expect(end).toMatch(/^line \d+\n/);
    expect(Number(count)).toBe(end?.length);
    expect(256 * 1024 - Number(count)).toBeLessThan(20);
    expect(1024 + Number(left) + Number(count)).toBe(raw.length);
  });
});

test("the log of an agent that never came back is ended by the next one, which may do so again", async () => {
  await withDirectory(async (directory) => {
    const log = await begin(directory);
    await writeRest(log, ["a line\n".repeat(100_000)]);
    await log.trace.flush();
    await log.close();
    await closeLeftLog(log.spoolPath, "the agent was stopped\n");
    const text = await readFile(log.spoolPath, "utf8");
    expect(text).toMatch(
      /Job's log exceeded limit[^]*\d+ bytes of the log are left out here[^]*a line\nthe agent was stopped\n$/,
    );
    await closeLeftLog(log.spoolPath);
    expect(await readFile(log.spoolPath, "utf8")).toBe(text);
  });
});

test("a log below its limit only gets the last words", async () => {
  await withDirectory(async (directory) => {
    const log = await begin(directory);
    await writeRest(log, ["a line\n"]);
    await log.trace.flush();
    await log.close();
    await closeLeftLog(log.spoolPath, "the agent was stopped\n");
    await closeLeftLog(log.spoolPath);
    expect(await readFile(log.spoolPath, "utf8")).toBe("a line\nthe agent was stopped\n");
  });
});

test.each([
  ["below its limit", 1],
  ["that exceeds its limit", 100_000],
])("the last words of a log %s are said once, also when a start is killed that had said them", async (_, lines) => {
  await withDirectory(async (directory) => {
    const log = await begin(directory);
    await writeRest(log, ["a line\n".repeat(lines)]);
    await log.trace.flush();
    await log.close();
    await closeLeftLog(log.spoolPath, "the agent was stopped\n");
    const text = await readFile(log.spoolPath, "utf8");
    await closeLeftLog(log.spoolPath, "the agent was stopped\n");
    expect(await readFile(log.spoolPath, "utf8")).toBe(text);
    expect(text.match(/the agent was stopped/g)).toHaveLength(1);
  });
});

test("what came after a cut that is not on disk is no part of the log that is left", async () => {
  await withDirectory(async (directory) => {
    const log = await begin(directory);
    await writeRest(log, ["a line\n".repeat(100_000)]);
    await log.trace.flush();
    await log.close();
    await truncate(log.spoolPath, 70);
    await closeLeftLog(log.spoolPath, `the agent was stopped${" and was late".repeat(200)}\n`);
    await closeLeftLog(log.spoolPath);
    expect(await readFile(log.spoolPath, "utf8")).toMatch(/^(?:a line\n){10}the agent was stopped[ a-z]*\n$/);
  });
});
