import { expect, it } from "vitest";
import { jobOf, messagesOf, valuesOf } from "./compiling.ts";

it("merges maps, replaces lists, and lets later bases and the job itself win", () => {
  const text = `
.one:
  variables: {A: one, B: one}
  script: [one]
  tags: [a, b]
.two:
  variables: {B: two, C: two}
a:
  extends: [.one, .two]
  variables: {C: own}
  tags: [c]
`;
  const job = jobOf(text);
  expect(valuesOf(job)).toEqual({ A: "one", B: "two", C: "own" });
  expect(job).toMatchObject({ script: ["one"], tags: ["c"] });
});

it("takes a keyword away by null", () => {
  const text = `default: {image: usual}\n.b: {image: special, script: x, cache: {paths: [c]}}\na: {extends: .b, image: null, cache: null}\n`;
  expect(jobOf(text)).toMatchObject({ image: { name: "usual" }, caches: [] });
});

it("extends visible jobs and jobs of included files", () => {
  const text = `include: [lib.yml]\nb: {extends: a, stage: build}\n`;
  expect(jobOf(text, "b", { files: { "lib.yml": "a: {script: x, image: i}" } })).toMatchObject({
    script: ["x"],
    stage: "build",
    image: { name: "i" },
  });
});

it("goes eleven levels deep, and not twelve", () => {
  const chain = (levels: number): string => {
    const links = Array.from({ length: levels - 1 }, (_, index) => `.e${index}: {extends: .e${index + 1}}`);
    return `${links.join("\n")}\n.e${levels - 1}: {script: x}\na: {extends: .e0}\n`;
  };
  expect(jobOf(chain(10)).script).toEqual(["x"]);
  expect(messagesOf(chain(12))[0]).toContain("extends is nested more than 11 levels deep.");
});

it.each([
  [
    "a: {extends: .templat}\n.template: {script: x}\n",
    "1: 'a' extends '.templat', which does not exist. -> Did you mean '.template'?",
  ],
  ["a: {extends: .x}\n.x: {extends: .y}\n.y: {extends: .x}\n", "extends goes in a circle: .x -> .y -> .x."],
  ["a: {extends: a, script: x}\n", "extends goes in a circle: a -> a."],
  ["a: {extends: .l, script: x}\n.l: [x]\n", "'a' extends '.l', which is no map."],
  ["a: {extends: {b: c}, script: x}\n", "extends takes the name of a job, or a list of names."],
])("refuses %j", (text, message) => {
  expect(messagesOf(text)[0]).toContain(message);
});
