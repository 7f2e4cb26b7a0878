import { expect, it } from "vitest";
import { UnpackGuard } from "../../../src/storage/unpack-guard.ts";

it("an archive has no more entries than the limit, whatever it says beforehand", () => {
  const guard = new UnpackGuard({ maxEntries: 2 });
  const entry = (name: string) => ({ name, kind: "file", target: "", size: 0 }) as const;
  expect([guard.admit(entry("a")), guard.admit(entry("b"))]).toEqual(["a", "b"]);
  expect(() => guard.admit(entry("c"))).toThrow("more than 2");
  expect(() => new UnpackGuard({}).expect(1_000_001)).toThrow("more than 1000000");
});
