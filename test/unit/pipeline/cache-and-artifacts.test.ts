import { describe, expect, it } from "vitest";
import { jobOf, messagesOf } from "./compiling.ts";

function job(line: string): string {
  return `a:\n  script: x\n  ${line}\n`;
}

describe("cache", () => {
  const usual = {
    key: "default",
    keyFiles: [],
    untracked: false,
    policy: "pull-push",
    when: "on_success",
    fallbackKeys: [],
  };

  it.each([
    ["{paths: [a/]}", [{ ...usual, paths: ["a/"] }]],
    [
      "{key: $CI_COMMIT_REF_SLUG, paths: [a], untracked: true}",
      [{ ...usual, key: "$CI_COMMIT_REF_SLUG", paths: ["a"], untracked: true }],
    ],
    ["{key: 12, paths: [a]}", [{ ...usual, key: "12", paths: ["a"] }]],
    ["{key: {files: [Gemfile.lock]}, paths: [a]}", [{ ...usual, key: "", keyFiles: ["Gemfile.lock"], paths: ["a"] }]],
    [
      "{key: {files: [a, b], prefix: $CI_JOB_NAME}, paths: [a]}",
      [{ ...usual, key: "$CI_JOB_NAME", keyFiles: ["a", "b"], paths: ["a"] }],
    ],
    [
      "{paths: [a], policy: pull, when: always, fallback_keys: [m, n], unprotect: true}",
      [{ ...usual, paths: ["a"], policy: "pull", when: "always", fallbackKeys: ["m", "n"] }],
    ],
    ["{paths: [a], policy: $POLICY}", [{ ...usual, paths: ["a"], policy: "$POLICY" }]],
    [
      "[{key: one, paths: [a]}, {key: two, paths: [b]}]",
      [
        { ...usual, key: "one", paths: ["a"] },
        { ...usual, key: "two", paths: ["b"] },
      ],
    ],
    ["{}", []],
    ["[]", []],
    ["{key: k}", []],
  ])("%s is read", (cache, expected) => {
    expect(jobOf(job(`cache: ${cache}`)).caches).toEqual(expected);
  });

  it.each([
    ["vendor/", "cache has to be a map, not a text."],
    ["{path: [a]}", "Did you mean 'paths'?"],
    ["{paths: a}", "A list of texts is needed here"],
    ["{paths: [[a]]}", "A text is needed here, not a list."],
    ["{key: a/b, paths: [a]}", "A cache key may not contain a slash."],
    ["{key: .., paths: [a]}", "A cache key may not be '..'."],
    ["{key: {prefix: a}, paths: [a]}", "cache:key:files names 0 files."],
    ["{key: {files: [a, b, c]}, paths: [a]}", "cache:key:files names 3 files."],
    ["{key: {files_commits: [a]}, paths: [a]}", "'files_commits' is not supported"],
    ["{paths: [a], policy: keep}", "'keep' is no cache policy."],
    ["{paths: [a], when: sometimes}", "'sometimes' is not one of the values of 'when'."],
    ["{paths: [a], fallback_keys: [a, b, c, d, e, f]}", "There are 6 fallback keys."],
    ["[{}, {}, {}, {}, {}]", "The job has 5 caches."],
  ])("%s is refused", (cache, message) => {
    expect(messagesOf(job(`cache: ${cache}`))[0]).toContain(message);
  });
});

describe("artifacts", () => {
  const usual = { name: "", paths: [], exclude: [], untracked: false, when: "on_success", expireIn: "", reports: {} };

  it.each([
    ["{paths: [a, b]}", { ...usual, paths: ["a", "b"] }],
    [
      "{name: $CI_JOB_NAME, paths: [a], exclude: [a/b], untracked: true, when: always, expire_in: 1 week}",
      {
        ...usual,
        name: "$CI_JOB_NAME",
        paths: ["a"],
        exclude: ["a/b"],
        untracked: true,
        when: "always",
        expireIn: "1 week",
      },
    ],
    ["{expire_in: never, paths: [a], expose_as: name, access: all}", { ...usual, paths: ["a"], expireIn: "never" }],
    [
      "{reports: {junit: [a.xml, b.xml], dotenv: build.env}}",
      { ...usual, reports: { junit: ["a.xml", "b.xml"], dotenv: ["build.env"] } },
    ],
    [
      "{reports: {coverage_report: {coverage_format: cobertura, path: c.xml}}}",
      { ...usual, reports: { cobertura: ["c.xml"] } },
    ],
  ])("%s is read", (artifacts, expected) => {
    expect(jobOf(job(`artifacts: ${artifacts}`)).artifacts).toEqual(expected);
  });

  it("are none without the keyword", () => {
    expect(jobOf("a: {script: x}\n").artifacts).toBeNull();
  });

  it.each([
    ["[a]", "artifacts has to be a map, not a list."],
    ["{pathss: [a]}", "Did you mean 'paths'?"],
    ["{expire_in: tomorrow}", "'tomorrow' is no duration."],
    ["{reports: {junitt: a}}", "'junitt' is no type of report. -> Did you mean 'junit'?"],
    ["{reports: [a]}", "artifacts:reports has to be a map"],
    ["{reports: {coverage_report: c.xml}}", "coverage_report has to be a map."],
    ["{reports: {coverage_report: {path: c.xml}}}", "coverage_report needs coverage_format and path."],
    ["{when: never}", "'never' is not one of the values of 'when'."],
    ["{untracked: 1}", "true or false is needed here, not the number 1."],
  ])("%s is refused", (artifacts, message) => {
    expect(messagesOf(job(`artifacts: ${artifacts}`))[0]).toContain(message);
  });
});
