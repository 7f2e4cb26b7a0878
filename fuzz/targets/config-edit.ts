import * as fc from "fast-check";
import { appendRunner, removeRunner, setRunnerKey } from "../../src/config/edit.ts";
import { parseToml } from "../../src/config/parse.ts";
import type { TomlTable, TomlValue } from "../../src/config/toml-text.ts";
import { holdEqual, unlessRefused } from "../hold.ts";
import type { FuzzTarget } from "../target.ts";
import { hostileText } from "../texts.ts";

const text = hostileText(["a", "url", '"', "'", "\\", "\n", "#", "[[runners]]", "=", "\u0080", "$"], {
  longest: 4_000,
  pieces: 6,
});
const key = fc.oneof(
  fc.constantFrom("name", "url", "token", "docker", "a b", "ä", "__proto__", ""),
  text.map((long) => long.slice(0, 40).toWellFormed()),
);
const scalar: fc.Arbitrary<TomlValue> = fc.oneof(
  text,
  fc.integer(),
  fc.boolean(),
  fc.double({ min: -1e15, max: 1e15, noNaN: true }),
  fc.array(text, { maxLength: 3 }),
);
const table = fc.dictionary(
  key,
  fc.oneof({ weight: 4, arbitrary: scalar }, { weight: 1, arbitrary: fc.dictionary(key, scalar, { maxKeys: 3 }) }),
  { maxKeys: 5, noNullPrototype: true },
) as fc.Arbitrary<TomlTable>;

/** What is written into config.toml is what is read from it, and everything else stays; any text that is TOML can be changed, or is refused. */
export const configEdit: FuzzTarget<{
  readonly entries: readonly TomlTable[];
  readonly value: string;
  readonly foreign: string;
}> = {
  name: "config-edit",
  share: 12,
  arbitrary: fc.record({
    entries: fc.array(table, { minLength: 1, maxLength: 3 }),
    value: text,
    foreign: hostileText(
      [
        "a = 1\n",
        "[[runners]]\n",
        "runners = []\n",
        "[runners]\n",
        "[[runners.docker]]\n",
        "runners = [{}]\n",
        "# x\n",
        "\r\n",
        "name = 1\n",
        "runners.a = 1\n",
        '["runners"]\n',
        "[a.b]\n",
        "[[a]]\n",
        '"\\u0061"',
      ],
      { longest: 4_000, pieces: 8 },
    ),
  }),
  limitMs: 1500,
  check({ entries, value, foreign }) {
    const written = entries.reduce((sum, entry) => appendRunner(sum, entry), "concurrent = 3 # stays\n");
    const plain = entries.map(plainCopy);
    holdEqual(runnersOf(written), plain, "what is written is read again");
    if (isValue(entries[0]?.["name"])) {
      const renamed = setRunnerKey(written, 0, "name", value);
      const wanted = [{ ...(plain[0] as object), name: value.toWellFormed() }, ...plain.slice(1)];
      holdEqual(runnersOf(renamed), wanted, "a key is set, and nothing else");
    }
    const shorter = removeRunner(written, entries.length - 1);
    holdEqual(runnersOf(shorter), plain.slice(0, -1), "an entry is removed, and nothing else");
    unlessRefused(["CONFIG_SYNTAX"], () => editForeign(foreign));
  },
};

/** Not a table, which is a section of its own. */
const isValue = (value: TomlValue | undefined): boolean => typeof value !== "object" || Array.isArray(value);

/** The text of a file that somebody else wrote. */
function editForeign(source: string): void {
  parseToml(source, "config.toml");
  for (const edit of [
    () => appendRunner(source, { name: "x" }),
    () => removeRunner(source, 0),
    () => setRunnerKey(source, 0, "name", "x", "url"),
  ]) {
    const edited = unlessRefused(["CONFIG_EDIT"], edit);
    if (edited !== null) parseToml(edited, "config.toml");
  }
}

function runnersOf(source: string): unknown {
  const { runners } = parseToml(source, "config.toml") as { runners?: readonly unknown[] };
  return plainCopy(runners ?? []);
}

/** As TOML can hold it: no lone surrogates, and no -0. Not by JSON.parse, which V8 gets wrong for keys with backslashes. */
function plainCopy(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value === "number") return value + 0;
  if (Array.isArray(value)) return value.map(plainCopy);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainCopy(inner)]));
}
