import { describe, expect, it } from "vitest";
import { jobOf, messagesOf, namesOf, pipelineOf } from "./compiling.ts";

describe("scripts", () => {
  it.each([
    ["script: one", ["one"]],
    ["script: [one, [two, [three]], four]", ["one", "two", "three", "four"]],
    ["script:\n    - |\n      one\n      two\n", ["one\ntwo\n"]],
    ["script:\n    - >\n      one\n      two\n", ["one two\n"]],
    ['script: ["true", "8"]', ["true", "8"]],
  ])("%j is read", (line, script) => {
    expect(jobOf(`a:\n  ${line}\n`).script).toEqual(script);
  });

  it.each([
    [
      "a: {stage: test}\n",
      "1: The job 'a' has no script. -> Add script:, or put a dot before the name to make it a template.",
    ],
    ["a: {script: []}\n", "The job 'a' has no script."],
    ["a: {script: ''}\n", "The job 'a' has no script."],
    ["a: {script: }\n", "The job 'a' has no script."],
    ["a:\n  script:\n    - true\n", '3: A text is needed here, not the boolean true. -> Put it in quotes: "true".'],
    ["a:\n  script:\n    - echo: x\n", "3: A text is needed here, not a map. -> Put the whole line in quotes"],
    ["a: {script: {b: c}}\n", "A script is a text or a list of texts, not a map."],
    [`a: {script: ${"[".repeat(14)}x${"]".repeat(14)}}\n`, "The lists are nested too deeply."],
  ])("%j is refused", (text, message) => {
    expect(messagesOf(text)[0]).toContain(message);
  });
});

describe("images and services", () => {
  it("are read as names and as maps", () => {
    const text = `
a:
  script: x
  image:
    name: $CI_REGISTRY/app:1
    entrypoint: ["/bin/sh", "-c"]
    pull_policy: [always, if-not-present]
    docker: {platform: linux/arm64, user: 1000}
  services:
    - redis:7
    - name: postgres:16
      alias: db, database
      entrypoint: ["e"]
      command: ["c", "d"]
      variables: {POSTGRES_PASSWORD: secret, PORT: 5432}
      pull_policy: never
      docker: {user: dave}
`;
    const none = { alias: "", command: null, variables: [] };
    expect(jobOf(text)).toMatchObject({
      image: {
        ...none,
        name: "$CI_REGISTRY/app:1",
        entrypoint: ["/bin/sh", "-c"],
        pullPolicy: ["always", "if-not-present"],
        docker: { platform: "linux/arm64", user: "1000" },
      },
      services: [
        { ...none, name: "redis:7", entrypoint: null, pullPolicy: [], docker: { platform: "", user: "" } },
        {
          name: "postgres:16",
          alias: "db, database",
          entrypoint: ["e"],
          command: ["c", "d"],
          variables: [
            { key: "POSTGRES_PASSWORD", value: "secret", raw: false, file: false },
            { key: "PORT", value: "5432", raw: false, file: false },
          ],
          pullPolicy: ["never"],
          docker: { platform: "", user: "dave" },
        },
      ],
    });
  });

  it.each([
    ["image: 3.8", 'A text is needed here, not the number 3.8. -> Put it in quotes: "3.8".'],
    ["image: {entrypoint: []}", "The image has no name."],
    ["image: ''", "The name of the image is empty."],
    ["image: {name: a, entrypoint: sh}", "A list of texts is needed here, not a text."],
    ["image: {name: a, alias: b}", "'alias' is not a keyword of 'image'."],
    [
      "image: {name: a, pull_policy: sometimes}",
      "'sometimes' is not one of the values of 'pull_policy'. -> Use always, never, if-not-present.",
    ],
    ["image: {name: a, docker: {usr: b}}", "Did you mean 'user'?"],
    ["services: redis", "services has to be a list."],
    ["services: [{alias: a}]", "The image has no name."],
    ["services: [{name: a, variables: {A: {value: b}}}]", "The variable A has to be a text here, not a map."],
  ])("%s is refused", (line, message) => {
    expect(messagesOf(`a:\n  script: x\n  ${line}\n`)[0]).toContain(message);
  });

  it("ignore Kubernetes settings with a warning", () => {
    const { warnings } = pipelineOf("a: {script: x, image: {name: i, kubernetes: {user: 1}}}\n");
    expect(warnings).toEqual([
      ".gitlab-ci.yml:1: jobs.a.image.kubernetes: 'kubernetes' is ignored: jobs run in Docker here",
    ]);
  });
});

describe("retry, timeout, allow_failure, when", () => {
  const usual = { max: 0, when: ["always"], exitCodes: [] };

  it.each([
    ["retry: 2", { retry: { ...usual, max: 2 } }],
    ["retry: {max: 1, when: script_failure}", { retry: { max: 1, when: ["script_failure"], exitCodes: [] } }],
    [
      "retry: {max: 1, when: [api_failure], exit_codes: [1, 2]}",
      { retry: { max: 1, when: ["api_failure"], exitCodes: [1, 2] } },
    ],
    ["retry: {max: 1, exit_codes: 137}", { retry: { max: 1, when: [], exitCodes: [137] } }],
    [
      "tags: [a, [b]]",
      { retry: usual, tags: ["a", "b"], timeoutSeconds: null, allowFailure: false, when: "on_success" },
    ],
    ["timeout: 1h 30m", { timeoutSeconds: 5400 }],
    ["allow_failure: true", { allowFailure: true }],
    ["allow_failure: {exit_codes: [3, 4]}", { allowFailure: [3, 4] }],
    ["allow_failure: {exit_codes: 3}", { allowFailure: [3] }],
    ["when: manual", { when: "manual", allowFailure: true }],
    ["{when: manual, allow_failure: false}", { when: "manual", allowFailure: false }],
    ["{when: delayed, start_in: 30 minutes}", { when: "delayed", startInSeconds: 1800 }],
    ["when: on_failure", { when: "on_failure", startInSeconds: 0 }],
    ["tags: [$CI_COMMIT_BRANCH, $NONE]", { tags: ["main", "$NONE"] }],
  ])("%s is read", (line, expected) => {
    const keywords = line.replace(/^\{(.*)\}$/s, "$1");
    expect(jobOf(`a: {script: x, ${keywords}}\n`)).toMatchObject(expected);
  });

  it.each([
    ["retry: 3", "Write a number from 0 to 2."],
    ["retry: yes", "A whole number is needed here, not the boolean true."],
    ["retry: {when: script_failur}", "'script_failur' is no reason for retry:when. -> Did you mean 'script_failure'?"],
    ["timeout: soon", "'soon' is no duration."],
    ["timeout: 60", "A text is needed here, not the number 60."],
    ["timeout: 3 months", "'3 months' is longer than a month."],
    ["allow_failure: sometimes", "true or false is needed here, not a text."],
    ["allow_failure: {exit_code: 1}", "Did you mean 'exit_codes'?"],
    ["when: never", "'never' is not one of the values of 'when'."],
    ["when: delayed", "A delayed job needs start_in."],
    ["start_in: 1 day", "start_in goes with `when: delayed` only."],
    ["interruptible: maybe", "true or false is needed here, not a text."],
    ["coverage: 12%", "coverage has to be a regular expression."],
    ["resource_group: [a]", "A text is needed here, not a list."],
  ])("%s is refused", (line, message) => {
    expect(messagesOf(`a: {script: x, ${line}}\n`).join("\n")).toContain(message);
  });
});

it("keeps the order of the file", () => {
  expect(namesOf("b: {script: x}\na: {script: x, stage: build}\nc: {script: x}\n")).toEqual(["b", "a", "c"]);
});
