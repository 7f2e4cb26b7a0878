import { describe, expect, it } from "vitest";
import { PartMemory } from "../../../src/cache/part-memory.ts";

const never = new AbortController().signal;

describe("memory for parts", () => {
  it("is given to who comes first, and never more than there is", async () => {
    const memory = new PartMemory(10);
    const order: string[] = [];
    const take = (name: string, bytes: number) => memory.take(bytes, never).then(() => order.push(name));
    await take("a", 6);
    const waiting = [take("b", 6), take("c", 1)];
    memory.giveBack(6);
    await Promise.all(waiting);
    expect(order).toEqual(["a", "b", "c"]);
  });

  it("is all of it for a part that is larger than that", async () => {
    const memory = new PartMemory(10);
    await memory.take(100, never);
    const second = memory.take(1, never);
    memory.giveBack(100);
    await second;
  });

  it("is not waited for by those that are cut, whom the others don't wait for either", async () => {
    const memory = new PartMemory(10);
    await memory.take(6, never);
    const cut = new AbortController();
    const first = memory.take(10, cut.signal);
    const second = memory.take(4, never);
    cut.abort(new Error("canceled"));
    await expect(first).rejects.toThrow("canceled");
    await second;
    await expect(memory.take(1, cut.signal)).rejects.toThrow("canceled");
  });
});
