import { describe, expect, it } from "vitest";
import { Slots, type SlotLease } from "../../../src/coordinator/slots.ts";
import { never } from "./test-client.ts";

const settled = () => new Promise(setImmediate);

/** Acquires and notes the order in which it is granted. */
function track(slots: Slots, granted: string[], leases: SlotLease[] = []) {
  return (key: string, signal = never) =>
    void slots.acquire(key, signal).then(
      (lease) => {
        granted.push(key);
        leases.push(lease);
      },
      (error: Error) => granted.push(`${key} rejected: ${error.message}`),
    );
}

describe("Slots", () => {
  it("grants as many as there are, and the next when one is given back", async () => {
    const slots = new Slots(2);
    const granted: string[] = [];
    const leases: SlotLease[] = [];
    const acquire = track(slots, granted, leases);
    for (const key of ["a", "b", "c"]) acquire(key);
    await settled();
    expect(granted).toEqual(["a", "b"]);
    leases[0]?.release();
    await settled();
    expect(granted).toEqual(["a", "b", "c"]);
    expect(slots.inUse).toBe(2);
  });

  it("prefers the key that has had none for longest, however many wait of another", async () => {
    const slots = new Slots(1);
    const granted: string[] = [];
    const leases: SlotLease[] = [];
    const acquire = track(slots, granted, leases);
    for (const key of ["a", "a", "a", "b", "b", "c"]) acquire(key);
    for (let count = 0; count < 6; count++) {
      await settled();
      leases[count]?.release();
    }
    expect(granted).toEqual(["a", "b", "c", "a", "b", "a"]);
  });

  it("gives a slot back once, however often it is released", async () => {
    const slots = new Slots(2);
    const lease = await slots.acquire("a", never);
    slots.take();
    lease.release();
    lease.release();
    expect(slots.inUse).toBe(1);
  });

  it("grows at once", async () => {
    const slots = new Slots(1);
    const granted: string[] = [];
    const acquire = track(slots, granted);
    for (const key of ["a", "b", "c"]) acquire(key);
    slots.resize(3);
    await settled();
    expect(granted).toEqual(["a", "b", "c"]);
  });

  it("shrinks without taking anything away, and grants again only below the new size", async () => {
    const slots = new Slots(3);
    const granted: string[] = [];
    const leases: SlotLease[] = [];
    const acquire = track(slots, granted, leases);
    for (const key of ["a", "b", "c"]) acquire(key);
    await settled();
    slots.resize(1);
    acquire("d");
    leases[0]?.release();
    leases[1]?.release();
    await settled();
    expect([granted.length, slots.inUse]).toEqual([3, 1]);
    leases[2]?.release();
    await settled();
    expect(granted).toEqual(["a", "b", "c", "d"]);
  });

  it("forgets who gave up waiting", async () => {
    const slots = new Slots(1);
    const granted: string[] = [];
    const leases: SlotLease[] = [];
    const acquire = track(slots, granted, leases);
    const abort = new AbortController();
    acquire("a");
    acquire("b", abort.signal);
    acquire("c");
    abort.abort(new Error("gave up"));
    await settled();
    leases[0]?.release();
    await settled();
    expect(granted).toEqual(["a", "b rejected: gave up", "c"]);
    await expect(slots.acquire("d", AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
  });
});
