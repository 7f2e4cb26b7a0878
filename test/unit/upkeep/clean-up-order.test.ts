import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ListedImage } from "../../../src/docker/image-list.ts";
import { type CleanUpFacts, cleanUpOrder, familiar } from "../../../src/upkeep/clean-up-order.ts";
import type { ImageUse } from "../../../src/upkeep/usage-ledger.ts";

const now = Date.parse("2030-01-01T12:00:00Z");
const hour = 3_600_000;

const image = (id: string, more: Partial<ListedImage> = {}): ListedImage => ({
  id,
  tags: [`${id}:1`],
  digests: [],
  parent: "",
  bytes: 1,
  ...more,
});
const use = (id: string, hours: number, pulled = true): [string, ImageUse] => [
  id,
  { usedAt: now - hours * hour, pulled, names: [`${id}:1`] },
];

const facts: CleanUpFacts = {
  images: [],
  uses: new Map(),
  volumes: [],
  inUse: { images: new Set(), volumes: new Set() },
  configured: [],
  patterns: [],
  now,
};
const order = (more: Partial<CleanUpFacts>): string[] =>
  cleanUpOrder({ ...facts, ...more }).map((going) => (going.kind === "image" ? going.image.id : going.name));

describe("what goes when the disk fills up", () => {
  it("is images, then volumes, those used least recently first", () => {
    const images = ["a", "b", "c"].map((id) => image(id));
    const uses = new Map([use("a", 5), use("b", 50), use("c", 7)]);
    const volumes = [
      { name: "x", usedAt: now - 60 * hour },
      { name: "y", usedAt: now - 600 * hour },
    ];
    expect(order({ images, uses, volumes })).toEqual(["b", "c", "a", "y", "x"]);
  });

  it.each<[what: string, more: Partial<CleanUpFacts>]>([
    ["that no job used", { uses: new Map() }],
    ["that was there before a job used it", { uses: new Map([use("a", 9, false)]) }],
    ["that was used just now", { uses: new Map([use("a", 0.4)]) }],
    ["that will have been used when the clock is right again", { uses: new Map([use("a", -9)]) }],
    ["that a container uses", { inUse: { images: new Set(["a"]), volumes: new Set() } }],
    ["that config.toml names", { configured: ["docker.io/library/a:1"] }],
    ["that matches keep_images", { patterns: ["a:*"] }],
    ["that another was built upon", { images: [image("a"), image("b", { parent: "a" })] }],
    ["that somebody gave another name", { images: [image("a", { tags: ["a:1", "release:7"] })] }],
  ])("is no image %s", (_, more) => {
    expect(order({ images: [image("a")], uses: new Map([use("a", 9)]) })).toEqual(["a"]);
    expect(order({ images: [image("a")], uses: new Map([use("a", 9)]), ...more })).not.toContain("a");
  });

  it("is no image that config.toml names by its id", () => {
    const id = "0a".repeat(32);
    const one = { images: [image(`sha256:${id}`, { tags: [] })], uses: new Map([use(`sha256:${id}`, 9)]) };
    expect(order(one)).toHaveLength(1);
    for (const name of [id, `sha256:${id}`]) expect(order({ ...one, configured: [name] })).toEqual([]);
  });

  it("is an image whose tag has gone to a newer one, though config.toml names the tag", () => {
    const old = image("a", { tags: [], digests: ["a@sha256:0"] });
    expect(order({ images: [old], uses: new Map([use("a", 9)]), configured: ["a:1"], patterns: ["a:1"] })).toEqual([
      "a",
    ]);
  });

  it("is no volume that a container uses, or that was used just now", () => {
    const volumes = ["free", "busy"].map((name) => ({ name, usedAt: now - hour }));
    const inUse = { images: new Set<string>(), volumes: new Set(["busy"]) };
    expect(order({ volumes: [...volumes, { name: "young", usedAt: now - 1 }], inUse })).toEqual(["free"]);
  });

  it("is never protected, in use, young or unknown, whatever there is", () => {
    const id = fc.constantFrom("a", "b", "c", "d", "e", "f");
    const some = fc.uniqueArray(id);
    const uses = fc.dictionary(id, fc.record({ hours: fc.integer({ min: -2, max: 9 }), pulled: fc.boolean() }));
    fc.assert(
      fc.property(some, uses, some, some, some, (present, used, busy, configured, kept) => {
        const going = order({
          images: present.map((each) => image(each)),
          uses: new Map(Object.entries(used).map(([each, { hours, pulled }]) => use(each, hours, pulled))),
          inUse: { images: new Set(busy), volumes: new Set() },
          configured: configured.map((each) => `${each}:1`),
          patterns: kept.map((each) => `${each}*`),
        });
        for (const each of going) {
          expect([...busy, ...configured, ...kept]).not.toContain(each);
          expect(used[each]).toMatchObject({ pulled: true });
          expect(used[each]?.hours).toBeGreaterThan(0);
        }
        const hours = going.map((each) => used[each]?.hours ?? 0);
        expect(hours).toEqual(hours.toSorted((one, other) => other - one));
      }),
    );
  });
});

describe("familiar", () => {
  it.each([
    ["node", "node:latest"],
    ["docker.io/library/node:24", "node:24"],
    ["docker.io/group/app", "group/app:latest"],
    ["registry.test:5000/app", "registry.test:5000/app:latest"],
    ["app@sha256:00", "app@sha256:00"],
    ["sha256:00", "sha256:00"],
  ])("writes %s as the daemon does: %s", (reference, written) => expect(familiar(reference)).toBe(written));
});
