import * as fc from "fast-check";

/** What JSON can hold and nobody expects. */
export const strangeJson: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown[]>(
    null,
    true,
    -1,
    1.5,
    1e308,
    -0,
    2 ** 60,
    "",
    [],
    {},
    [[]],
    [null],
    { a: 1 },
    { length: 5 },
    "x".repeat(5000),
  ),
  fc.constantFrom(50, 5000, 20_000).map((depth) => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`) as unknown),
  fc.constant(JSON.parse('{"__proto__": {"id": 1}, "constructor": 1, "toString": 1, "valueOf": 2}') as unknown),
);

/** The same trees with up to three of their values replaced by strange ones. */
export function spoiled(trees: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const spots = fc.array(fc.tuple(fc.nat(1_000), strangeJson), { minLength: 1, maxLength: 3 });
  return fc.tuple(trees, spots).map(([tree, changes]) => {
    const copy = structuredClone(tree);
    for (const [spot, value] of changes) plant(copy, spot, value);
    return copy;
  });
}

/** Puts `value` in the place of something in `tree` that `spot` picks. */
function plant(tree: unknown, spot: number, value: unknown): void {
  let here = tree;
  for (let rest = spot; typeof here === "object" && here !== null; rest = Math.floor(rest / 3)) {
    const keys = Object.keys(here);
    const key = keys[rest % keys.length];
    if (key === undefined) return;
    const inside = (here as Record<string, unknown>)[key];
    if (typeof inside !== "object" || inside === null || rest % 5 === 0) {
      (here as Record<string, unknown>)[key] = value;
      return;
    }
    here = inside;
  }
}
