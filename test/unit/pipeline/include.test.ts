import { expect, it } from "vitest";
import { errorsOf, jobOf, messagesOf, namesOf, pipelineOf, valuesOf } from "./compiling.ts";

const files = {
  "ci/one.yml": "one: {script: one, image: theirs}\nvariables: {A: one, B: one}\n",
  "ci/two.yaml": "two: {script: two}\nvariables: {B: two}\n",
  "ci/deep/three.yml": "three: {script: three}\n",
  "ci/readme.md": "no yaml",
  "nested.yml": "include: /ci/one.yml\nfour: {script: four}\n",
};

it.each([
  ["include: ci/one.yml", ["one", "own"]],
  ["include: /ci/one.yml", ["one", "own"]],
  ["include: {local: ci/one.yml}", ["one", "own"]],
  ["include: [ci/one.yml, {local: /ci/two.yaml}]", ["one", "two", "own"]],
  ["include: nested.yml", ["one", "four", "own"]],
  ["include: ci/*.yml", ["one", "own"]],
  ["include: ci/**.yml", ["three", "one", "own"]],
  ["include: ci/*/*.yml", ["three", "own"]],
  ["include: $DIR/one.yml", ["one", "own"]],
  ["include: {local: ci/one.yml, rules: [{if: $CI_COMMIT_BRANCH == 'main'}]}", ["one", "own"]],
  ["include: {local: ci/one.yml, rules: [{if: $CI_COMMIT_TAG}]}", ["own"]],
  ["include: {local: ci/one.yml, rules: [{exists: [ci/readme.md], when: never}, {when: always}]}", ["own"]],
  ["include: {local: ci/one.yml, rules: [{exists: [ci/two.yaml]}]}", ["one", "own"]],
])("reads %s", (line, names) => {
  expect(namesOf(`${line}\nown: {script: x}\n`, { files, variables: { DIR: "ci" } })).toEqual(names);
});

it("merges later files over earlier ones and the including file over all", () => {
  const text = `include: [ci/one.yml, ci/two.yaml]\nvariables: {C: own}\none: {image: mine}\n`;
  const job = jobOf(text, "one", { files });
  expect(valuesOf(job)).toEqual({ A: "one", B: "two", C: "own" });
  expect(job).toMatchObject({ image: { name: "mine" }, script: ["one"] });
});

it("warns when a wildcard matches nothing", () => {
  expect(pipelineOf("include: no/*.yml\na: {script: x}\n", { files }).warnings[0]).toContain(
    "no file matches 'no/*.yml'",
  );
});

it("names the file and line of a mistake in an included file", () => {
  const [error] = errorsOf("include: lib.yml\na: {script: x}\n", { files: { "lib.yml": "\nb:\n  scrip: x\n" } });
  expect(error).toMatchObject({ file: "lib.yml", line: 2, path: "jobs.b.script" });
});

it.each([
  ["include: https://example.com/a.yml", "1: include:remote is not supported"],
  ["include: {remote: https://example.com/a.yml}", "include:remote is not supported"],
  ["include:\n  - template: Auto-DevOps.gitlab-ci.yml", "2: include:template is not supported"],
  ["include: {project: a/b, file: c.yml}", "include:project is not supported"],
  ["include: {component: a/b@1}", "include:component is not supported"],
  ["include: {local: ci/one.yml, inputs: {a: b}}", "include:inputs is not supported"],
  ["include: missing.yml", "The included file 'missing.yml' does not exist."],
  ["include: ci/readme.md", "'ci/readme.md' is no YAML file by its name."],
  ["include: {locl: a.yml}", "'locl' is not a keyword of include. -> Did you mean 'local'?"],
  ["include: {local: a.yml, remote: https://b}", "An include names one source, not 2."],
  ["include: {rules: [{if: $A}]}", "An include names one source, not 0."],
  ["include: [[a.yml]]", "An include is a path or a map, not a list."],
  ["include: circle.yml", "The files include each other in a circle: circle.yml -> circle.yml."],
  ["include: many.yml", "There are more than 150 includes."],
  ["include: header.yml", "'spec' is not supported"],
])("refuses %j", (line, message) => {
  const more = {
    ...files,
    "circle.yml": "include: circle.yml",
    "many.yml": `include: [${Array.from({ length: 151 }, () => "ci/two.yaml").join(", ")}]`,
    "header.yml": "spec: {inputs: {}}\n---\nb: {script: x}\n",
  };
  expect(messagesOf(`${line}\na: {script: x}\n`, { files: more })[0]).toContain(message);
});
