import { expect, it } from "vitest";
import { jobOf, messagesOf } from "./compiling.ts";

it("replaces a reference by a keyword of another job, also within lists", () => {
  const text = `
.setup:
  script: [one, two]
  rules:
    - if: $CI_COMMIT_BRANCH == "main"
  variables: {A: a}
a:
  script:
    - !reference [.setup, script]
    - three
  after_script: !reference [.setup, script]
  rules:
    - !reference [.setup, rules]
  variables:
    B: !reference [.setup, variables, A]
`;
  expect(jobOf(text)).toMatchObject({
    script: ["one", "two", "three"],
    afterScript: ["one", "two"],
    variables: [{ key: "B", value: "a" }],
  });
});

it("follows references to keywords that extends brought, and into included files", () => {
  const text = `include: lib.yml\n.b: {extends: .lib}\na:\n  script: !reference [.b, script]\n`;
  expect(jobOf(text, "a", { files: { "lib.yml": ".lib: {script: [deep]}" } }).script).toEqual(["deep"]);
});

it("follows a chain of ten references, and not of eleven", () => {
  const chain = (length: number): string => {
    const links = Array.from({ length }, (_, index) => `.r${index}: {s: !reference [.r${index + 1}, s]}`);
    return `${links.join("\n")}\n.r${length}: {s: [end]}\na:\n  script: !reference [.r1, s]\n`;
  };
  expect(jobOf(chain(10)).script).toEqual(["end"]);
  expect(messagesOf(chain(12)).some((message) => message.includes("nested more than 10 levels deep"))).toBe(true);
});

it.each([
  ["a:\n  script: !reference [.no, script]\n", "2: !reference [.no, script] names nothing."],
  ["a:\n  script: !reference [a, script]\n", "2: !reference [a, script] leads back to itself."],
  ["a:\n  script: [!reference [b, script]]\nb:\n  script: [!reference [a, script]]\n", "leads back to itself."],
  [".a: {x: ~}\na:\n  script: !reference [.a, x]\n", "names nothing."],
  ["a:\n  script: !reference text\n", "!reference needs a list of keys."],
  ["a:\n  script: !reference []\n", "!reference needs a list of keys."],
])("refuses %j", (text, message) => {
  expect(messagesOf(text)[0]).toContain(message);
});

it("bounds what references can blow up to", () => {
  const lines = [".l0: {s: [x, x, x, x, x, x, x, x, x]}"];
  for (let level = 1; level < 9; level += 1) {
    const items = Array.from({ length: 9 }, () => `!reference [.l${level - 1}, s]`);
    lines.push(`.l${level}: {s: [${items.join(", ")}]}`);
  }
  expect(messagesOf(`${lines.join("\n")}\na:\n  script: !reference [.l8, s]\n`)[0]).toContain("too big");
});
