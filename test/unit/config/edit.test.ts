import fc from "fast-check";
import { parse } from "toml";
import { describe, expect, it } from "vitest";
import { appendRunner, removeRunner, setRunnerKey } from "../../../src/config/edit.ts";
import { tomlKey } from "../../../src/config/toml-text.ts";

interface File {
  runners?: Record<string, unknown>[];
}
const read = (text: string): File => JSON.parse(JSON.stringify(parse(text))) as File;

const comment = fc.constantFrom("", "# a comment", '  # name = "not this one"', "# [[runners]]", "  #");
const string = fc.string({ unit: "grapheme-ascii", maxLength: 12 });
const pair = fc.record({
  key: fc.constantFrom("image", "limit", "tls-ca-file", "odd key"),
  value: string,
  note: fc.boolean(),
});
const lineOf = (indent: string, { key, value, note }: { key: string; value: string; note: boolean }) =>
  `${indent}${tomlKey(key)} = ${JSON.stringify(value)}${note ? " # why" : ""}`;

/** A [[runners]] entry with comments anywhere, tables of its own, and keys as an admin may write them. */
const entry = fc
  .record({
    name: string,
    pairs: fc.uniqueArray(pair, { selector: ({ key }) => key }),
    notes: fc.array(comment, { maxLength: 3 }),
    docker: fc.option(pair),
    indent: fc.constantFrom("", "  ", "\t"),
  })
  .map(({ name, pairs, notes, docker, indent }) => [
    "[[runners]]",
    `${indent}name = ${JSON.stringify(name)}`,
    ...notes,
    ...pairs.map((one) => lineOf(indent, one)),
    ...(docker ? [`${indent}[runners.docker]`, ...notes, lineOf(indent + indent, docker)] : []),
    ...notes,
  ]);
const file = fc
  .record({
    entries: fc.array(entry, { minLength: 1, maxLength: 4 }),
    newline: fc.constantFrom("\n", "\r\n"),
    last: fc.boolean(),
  })
  .map(
    ({ entries, newline, last }) =>
      ["# head", "concurrent = 2", "", ...entries.flat()].join(newline) + (last ? newline : ""),
  );

const linesOf = (text: string) => text.split(/\r?\n/);

describe("setRunnerKey", () => {
  it("changes one line, or adds one, and nothing else", () => {
    fc.assert(
      fc.property(file, fc.nat(), fc.constantFrom("token", "name", "limit"), string, (text, pick, key, value) => {
        const before = read(text).runners ?? [];
        const index = pick % before.length;
        const edited = setRunnerKey(text, index, key, value, "name");
        const expected = before.map((runner, i) => (i === index ? { ...runner, [key]: value } : runner));
        expect(read(edited)).toEqual({ ...read(text), runners: expected });

        const [old, now] = [linesOf(text), linesOf(edited)];
        const added = now.length - old.length;
        expect(added).toBe(key in (before[index] ?? {}) ? 0 : 1);
        const at = now.findIndex((line, i) => line !== old[i]);
        if (at === -1) return;
        expect([...now.slice(0, at), ...now.slice(at + 1)]).toEqual(
          added ? old : [...old.slice(0, at), ...old.slice(at + 1)],
        );
      }),
    );
  });

  it("keeps the comment behind the value and the admin's spacing", () => {
    expect(setRunnerKey('[[runners]]\n\ttoken   =   "a"   # mine\n', 0, "token", "b")).toBe(
      '[[runners]]\n\ttoken   =   "b"   # mine\n',
    );
  });

  it("adds a key after the one it belongs to, before the entry's tables", () => {
    const text = '[[runners]]\n  token = "a" # mine\n  executor = "docker"\n  [runners.docker]\n    image = "x"\n';
    const edited = setRunnerKey(text, 0, "token_obtained_at", new Date("2026-01-02T03:04:05Z"), "token");
    expect(edited).toBe(text.replace("# mine\n", "# mine\n  token_obtained_at = 2026-01-02T03:04:05Z\n"));
  });

  it("keeps a byte order mark", () => {
    const text = '\uFEFF[[runners]]\r\ntoken = "a"\r\n';
    expect(setRunnerKey(text, 0, "token", "bb")).toBe(text.replace("a", "bb"));
  });

  it("adds a key to an entry that has none", () => {
    expect(setRunnerKey("[[runners]]\n[[runners]]", 1, "id", 7)).toBe("[[runners]]\n[[runners]]\n  id = 7");
  });
});

describe("removeRunner", () => {
  it("takes the entry's lines and keeps all others, comments included", () => {
    fc.assert(
      fc.property(file, fc.nat(), (text, pick) => {
        const before = read(text).runners ?? [];
        const index = pick % before.length;
        const edited = removeRunner(text, index);
        const left = before.filter((_, i) => i !== index);
        expect(read(edited)).toEqual({ concurrent: 2, ...(left.length > 0 ? { runners: left } : {}) });
        expect(edited.startsWith("# head")).toBe(true);
        const kept = linesOf(edited).filter((line) => line !== "");
        expect(linesOf(text)).toEqual(expect.arrayContaining(kept));
      }),
    );
  });

  it("takes back exactly what appendRunner wrote", () => {
    fc.assert(
      fc.property(file, (text) => {
        fc.pre(/[^\n]\n$/.test(text) && !text.endsWith("\r\n\r\n"));
        const count = read(text).runners?.length ?? 0;
        expect(removeRunner(appendRunner(text, { name: "new", docker: { image: "i" } }), count)).toBe(text);
      }),
    );
  });

  it("takes the comments inside the entry, not those after it", () => {
    const text = '[[runners]]\nname = "a"\n# inside\n[runners.docker]\nimage = "x" # inside\n# after\n\n[[runners]]\n';
    expect(removeRunner(text, 0)).toBe("# after\n\n[[runners]]\n");
  });

  it("takes tables of the entry that stand apart from it", () => {
    const text =
      '[[runners]]\nname = "a"\n\n# terminal\n[session_server]\nsession_timeout = 1\n\n[runners.docker]\nimage = "x"\n';
    expect(removeRunner(text, 0)).toBe("# terminal\n[session_server]\nsession_timeout = 1\n");
  });
});

describe("appendRunner", () => {
  it("leaves the text before it as it is and can be read back", () => {
    const value = fc.oneof(string, fc.integer(), fc.boolean(), fc.array(string));
    const table = fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), value, {
      maxKeys: 4,
      noNullPrototype: true,
    });
    const row = fc.record({ name: string });
    fc.assert(
      fc.property(file, table, fc.array(row, { minLength: 1 }), (text, docker, services) => {
        const added = { name: "new", docker: { ...docker, labels: docker, services } };
        fc.pre(!("labels" in docker) && !("services" in docker));
        const edited = appendRunner(text, added);
        expect(edited.startsWith(text)).toBe(true);
        expect(read(edited).runners).toEqual([...(read(text).runners ?? []), JSON.parse(JSON.stringify(added))]);
      }),
    );
  });

  it("writes sections the way GitLab Runner does", () => {
    const entry = { name: "a", docker: { image: "x", volumes: ["/cache"], daemon: { wiring: "dind" } }, limit: 2 };
    expect(appendRunner("concurrent = 1\n", entry)).toBe(
      [
        "concurrent = 1",
        "",
        "[[runners]]",
        '  name = "a"',
        "  limit = 2",
        "  [runners.docker]",
        '    image = "x"',
        '    volumes = ["/cache"]',
        "    [runners.docker.daemon]",
        '      wiring = "dind"',
        "",
      ].join("\n"),
    );
  });

  it("refuses a file whose runners are an inline list", () => {
    expect(() => appendRunner('runners = [{ name = "a" }]\n', { name: "b" })).toThrow(/not written as \[\[runners\]\]/);
    expect(() => removeRunner('runners = [{ name = "a" }]\n', 0)).toThrow(/not written as \[\[runners\]\]/);
  });
});
