import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UsageLedger } from "../../../src/upkeep/usage-ledger.ts";

const host = "tcp://daemon.test:2376";
let directory: string;
let now: number;
let warnings: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
  now = 1000;
  warnings = [];
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const open = () => UsageLedger.open(directory, { now: () => now }, { warn: (text) => warnings.push(text) });

async function reopened(ledger: UsageLedger): Promise<UsageLedger> {
  await ledger.flushed();
  return open();
}

describe("the ledger of what jobs use", () => {
  it("knows over a restart what was used when, by which names, and whether it was pulled", async () => {
    const first = await open();
    first.imageUsed(host, { id: "sha256:a", name: "node:24", pulled: true });
    first.volumesUsed(host, ["cache"]);
    now = 2000;
    first.imageUsed(host, { id: "sha256:a", name: "node", pulled: false });
    const ledger = await reopened(first);
    const use = { usedAt: 2000, pulled: true, names: ["node:24", "node"] };
    expect([...ledger.images(host)]).toEqual([["sha256:a", use]]);
    expect([ledger.volumeUsedAt(host, "cache"), ledger.lastUse(host), ledger.lastUse("unix:///x")]).toEqual([
      1000, 2000, 0,
    ]);
    expect([ledger.usedSince(host, "sha256:a", 1999), ledger.usedSince(host, "cache", 1000)]).toEqual([true, false]);
    expect(warnings).toEqual([]);
    await ledger.flushed();
    expect(await readdir(directory)).toEqual(["usage.json"]);
  });

  it("takes a volume that it sees for the first time as used now, and remembers that", async () => {
    const ledger = await open();
    expect(ledger.volumeUsedAt(host, "found")).toBe(1000);
    now = 5000;
    expect((await reopened(ledger)).volumeUsedAt(host, "found")).toBe(1000);
  });

  it("keeps apart what daemons have, and forgets what is gone", async () => {
    const ledger = await open();
    ledger.imageUsed(host, { id: "a", name: "a", pulled: true });
    ledger.imageUsed("unix:///run/docker.sock", { id: "b", name: "b", pulled: true });
    ledger.forget(host, "image", "a");
    const again = await reopened(ledger);
    expect([...again.images(host).keys(), ...again.images("unix:///run/docker.sock").keys()]).toEqual(["b"]);
  });

  it("is bounded: what was used least recently is forgotten", async () => {
    const ledger = await open();
    for (now = 1; now <= 2500; now++) ledger.imageUsed(host, { id: `${now}`, name: "a", pulled: true });
    const again = await reopened(ledger);
    expect([again.images(host).size, again.images(host).has("500"), again.images(host).has("501")]).toEqual([
      2000,
      false,
      true,
    ]);
  });

  it.each(["", "{", '{"version":1,"daemons":{"x":{"images":{"a":{"usedAt":"soon"}}}}}', '{"version":2}'])(
    "begins anew when its file is %j, and says so once",
    async (text) => {
      await writeFile(join(directory, "usage.json"), text);
      const ledger = await open();
      expect(ledger.images("x").size).toBe(0);
      ledger.imageUsed(host, { id: "a", name: "a", pulled: true });
      expect((await reopened(ledger)).images(host).size).toBe(1);
      expect(warnings).toHaveLength(1);
    },
  );

  it("goes on when its file can't be written, and says so", async () => {
    const ledger = await open();
    await rm(directory, { recursive: true });
    ledger.volumesUsed(host, ["a"]);
    await ledger.flushed();
    expect(warnings).toEqual([expect.stringContaining("can't be written")]);
    expect(ledger.usedSince(host, "a", 0)).toBe(true);
  });
});
