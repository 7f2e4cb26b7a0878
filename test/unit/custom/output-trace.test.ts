import { describe, expect, it } from "vitest";
import { OutputTrace } from "../../../src/custom/output-trace.ts";
import { OutputTail } from "../../../src/trace/output-tail.ts";

describe("a log that somebody else keeps", () => {
  it("gets every byte as it is, no faster than it takes them", async () => {
    const taken: Buffer[] = [];
    const gate = Promise.withResolvers<void>();
    const trace = new OutputTrace(async (bytes) => {
      taken.push(Buffer.from(bytes as Uint8Array));
      await gate.promise;
    });
    const written = trace.write("stdout", Uint8Array.of(0xff, 0x00, 0x0a));
    const first = await Promise.race([written.then(() => "written"), Promise.resolve("waiting")]);
    gate.resolve();
    await written;
    expect([first, Buffer.concat(taken).toString("hex")]).toEqual(["waiting", "ff000a"]);
  });

  it("is taken down for the explanations as far as a script has printed it", async () => {
    const tail = new OutputTail();
    tail.begin();
    const trace = new OutputTrace(async () => {}, tail);
    await trace.write("stdout", Buffer.from("one\n"));
    await trace.write("executor", Buffer.from("of the runner\n"));
    await trace.write("stderr", Buffer.from("two\n"));
    expect(tail.lines()).toEqual(["one", "two"]);
    expect([trace.consumed("stdout"), trace.consumed("stderr")]).toEqual([4, 4]);
  });
});
