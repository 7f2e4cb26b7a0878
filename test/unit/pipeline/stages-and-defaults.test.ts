import { describe, expect, it } from "vitest";
import { jobOf, messagesOf, namesOf, pipelineOf, valuesOf } from "./compiling.ts";

describe("stages", () => {
  it("are build, test and deploy by default, and a job is in test", () => {
    const pipeline = pipelineOf("a: {script: x}\n");
    expect(pipeline.stages).toEqual(["build", "test", "deploy"]);
    expect(pipeline.jobs[0]?.stage).toBe("test");
  });

  it("begin with .pre and end with .post where jobs use them", () => {
    const text = `stages: [two, .pre, one]\na: {stage: one, script: x}\nb: {stage: .post, script: x}\n`;
    expect(pipelineOf(text).stages).toEqual(["two", "one", ".post"]);
    expect(pipelineOf(`${text}c: {stage: .pre, script: x}\n`).stages).toEqual([".pre", "two", "one", ".post"]);
  });

  it("flatten nested lists", () => {
    expect(pipelineOf("stages: [[a, b], c]\nj: {stage: b, script: x}\n").stages).toEqual(["a", "b", "c"]);
  });

  it.each([
    [
      "a: {script: x, stage: tests}\n",
      "1: The stage 'tests' of 'a' does not exist. -> Add it to stages, or use .pre, build, test, deploy, .post.",
    ],
    ["stages: [one]\na: {script: x}\n", "2: The stage 'test' of 'a' does not exist."],
    ["stages: one\na: {script: x, stage: one}\n", "stages has to be a list."],
    ["stages: []\na: {script: x}\n", "stages is empty."],
    ["a: {script: x, stage: .pre}\n", "The pipeline has jobs in .pre and .post only."],
  ])("refuse %j", (text, message) => {
    expect(messagesOf(text).join("\n")).toContain(message);
  });
});

describe("default settings", () => {
  const defaults = `
default:
  image: {name: usual, entrypoint: [""]}
  services: [db]
  before_script: [before]
  after_script: after
  cache: {paths: [c]}
  artifacts: {paths: [out]}
  retry: 1
  tags: [t]
  timeout: 2 hours
  interruptible: true
  hooks: {pre_get_sources_script: [hook]}
`;

  it("are given to every job that does not set them itself", () => {
    expect(jobOf(`${defaults}a: {script: x}\n`)).toMatchObject({
      image: { name: "usual", entrypoint: [""] },
      services: [{ name: "db" }],
      beforeScript: ["before"],
      afterScript: ["after"],
      caches: [{ paths: ["c"] }],
      artifacts: { paths: ["out"] },
      retry: { max: 1 },
      tags: ["t"],
      timeoutSeconds: 7200,
      hooks: { pre_get_sources_script: ["hook"] },
    });
  });

  it("are replaced, not merged, by the job's own, empty lists included", () => {
    const own =
      "a: {script: x, image: mine, services: [], before_script: [], cache: [], artifacts: {name: n}, retry: {max: 2}, tags: []}\n";
    expect(jobOf(defaults + own)).toMatchObject({
      image: { name: "mine", entrypoint: null },
      services: [],
      beforeScript: [],
      caches: [],
      artifacts: { name: "n", paths: [] },
      retry: { max: 2 },
      tags: [],
    });
  });

  it.each([
    ["inherit: {default: false}", null, [], []],
    ["inherit: {default: [image, tags]}", "usual", ["t"], []],
    ["inherit: {default: true}", "usual", ["t"], ["before"]],
  ])("are taken as %s says", (inherit, image, tags, before) => {
    const job = jobOf(`${defaults}a: {script: x, ${inherit}}\n`);
    expect([job.image?.name ?? null, job.tags, job.beforeScript]).toEqual([image, tags, before]);
  });

  it("may stand at the top of the file as in older configurations", () => {
    const text =
      "image: top\nservices: [s]\nbefore_script: [b]\nafter_script: [a]\ncache: {paths: [p]}\nj: {script: x}\n";
    expect(jobOf(text)).toMatchObject({
      image: { name: "top" },
      services: [{ name: "s" }],
      beforeScript: ["b"],
      afterScript: ["a"],
      caches: [{ paths: ["p"] }],
    });
    expect(jobOf(`${text}k: {script: x, inherit: {default: false}}\n`, "k").image).toBeNull();
  });

  it.each([
    ["image: a\ndefault: {image: b}\nj: {script: x}\n", "1: 'image' stands both at the top and in default."],
    ["default: {script: x}\nj: {script: x}\n", "'script' is not a keyword of 'default'."],
    ["default: {imge: x}\nj: {script: x}\n", "Did you mean 'image'?"],
    ["default: {id_tokens: {}}\nj: {script: x}\n", "'id_tokens' is not supported"],
    ["default: [x]\nj: {script: x}\n", "default has to be a map."],
    [
      "j: {script: x, inherit: {default: [imag]}}\n",
      "'imag' is nothing that default: can set. -> Did you mean 'image'?",
    ],
    ["j: {script: x, inherit: {defaults: true}}\n", "'defaults' is not a keyword of 'inherit'."],
    ["j: {script: x, inherit: false}\n", "inherit has to be a map."],
  ])("refuse %j", (text, message) => {
    expect(messagesOf(text)[0]).toContain(message);
  });
});

describe("variables", () => {
  it("may be texts, numbers, booleans, or maps with a value", () => {
    const text = `
variables:
  TEXT: t
  EMPTY: ""
  NUMBER: 12
  FLOAT: 1.10
  FLAG: yes
  LONG: {value: v, description: d, options: [v, w], expand: false}
  PROMPT: {description: d}
a:
  script: x
  variables: {TEXT: own, LONG2: {value: $TEXT, expand: false}}
`;
    const job = jobOf(text);
    expect(valuesOf(job)).toEqual({
      TEXT: "own",
      EMPTY: "",
      NUMBER: "12",
      FLOAT: "1.1",
      FLAG: "true",
      LONG: "v",
      PROMPT: "",
      LONG2: "$TEXT",
    });
    expect(job.variables.filter((variable) => variable.raw).map((variable) => variable.key)).toEqual(["LONG", "LONG2"]);
  });

  it.each([
    ["inherit: {variables: false}", { C: "c" }],
    ["inherit: {variables: [A]}", { A: "a", C: "c" }],
    ["inherit: {variables: true}", { A: "a", B: "b", C: "c" }],
  ])("of the top are taken as %s says", (inherit, expected) => {
    expect(valuesOf(jobOf(`variables: {A: a, B: b}\nj: {script: x, ${inherit}, variables: {C: c}}\n`))).toEqual(
      expected,
    );
  });

  it.each([
    ["variables: {A: [x]}\nj: {script: x}\n", "The variable A has to be one value, not a list."],
    ["variables: {A: }\nj: {script: x}\n", "A text or number is needed here, not nothing."],
    ["variables: {A: {valu: x}}\nj: {script: x}\n", "Did you mean 'value'?"],
    ["variables: {A: {value: x, options: [y]}}\nj: {script: x}\n", "The value of A is not among its options."],
    ["variables: [A]\nj: {script: x}\n", "variables has to be a map, not a list."],
    ["j: {script: x, variables: {A: {value: x, description: d}}}\n", "'description' is not a keyword of a variable."],
  ])("refuse %j", (text, message) => {
    expect(messagesOf(text)[0]).toContain(message);
  });
});

it("leaves hidden jobs out, whatever they hold", () => {
  expect(namesOf(".a: [1, 2]\n.b: {nonsense: 1}\n.c: text\nj: {script: x}\n")).toEqual(["j"]);
});
