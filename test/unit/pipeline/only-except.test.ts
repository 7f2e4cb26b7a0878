import { expect, it } from "vitest";
import { messagesOf, namesOf, type Given } from "./compiling.ts";

function withPolicy(policy: string): string {
  return `always: {script: x, only: {variables: ['true'], refs: [branches, tags, merge_requests]}}\na: {script: x, ${policy}}\n`;
}

const main: Given = {};
const tag: Given = { ref: { name: "v1.0", type: "tag", source: "push" } };
const schedule: Given = { ref: { name: "main", type: "branch", source: "schedule" } };
const mergeRequest: Given = { ref: { name: "main", type: "branch", source: "merge_request_event" } };

const cases: readonly (readonly [string, Given, boolean])[] = [
  ["only: [main]", main, true],
  ["only: [main]", tag, false],
  ["only: [dev, branches]", main, true],
  ["only: [tags]", tag, true],
  ["only: [tags]", main, false],
  ["only: [/^ma/]", main, true],
  ["only: [/^MA/i]", main, true],
  ["only: [/^MA/]", main, false],
  ["only: [/^v\\d/]", tag, true],
  ["only: [pushes]", main, true],
  ["only: [schedules]", main, false],
  ["only: [schedules]", schedule, true],
  ["only: [merge_requests]", mergeRequest, true],
  ["only: [main]", mergeRequest, false],
  ["only: [web, api, triggers]", main, false],
  ["only: [main@group/app]", { variables: { CI_PROJECT_PATH: "group/app" } }, true],
  ["only: [main@other/app]", { variables: { CI_PROJECT_PATH: "group/app" } }, false],
  ["only: []", main, false],
  ["except: [main]", main, false],
  ["except: [tags]", main, true],
  ["except: [tags]", mergeRequest, false],
  ["only: [branches], except: [/^ma/]", main, false],
  ["only: {variables: ['$A == \"a\"', $NONE]}", { variables: { A: "a" } }, true],
  ["only: {variables: [$NONE]}", main, false],
  ["only: {variables: [$CI_COMMIT_BRANCH]}", mergeRequest, false],
  ["only: {refs: [main], variables: [$NONE]}", main, false],
  ["except: {variables: [$NONE], refs: [main]}", main, false],
  ["except: {variables: [$NONE]}", main, true],
  ["only: {changes: [src/*]}", { changedFiles: ["src/a"] }, true],
  ["only: {changes: [src/*]}", { changedFiles: ["b"] }, false],
  ["only: {changes: [src/*]}", { changedFiles: null }, true],
  ["except: {changes: [src/*]}", { changedFiles: ["src/a"] }, false],
];

it.each(cases)("%s for %j: %s", (policy, given, part) => {
  expect(namesOf(withPolicy(policy), given)).toEqual(part ? ["always", "a"] : ["always"]);
});

it.each([
  ["only: main", "only has to be a list or a map, not a text. -> Write only: [main]."],
  ["only: {}", "only has to be a list or a map"],
  ["only: {ref: [main]}", "'ref' is not a keyword of 'only'. -> Did you mean 'refs'?"],
  ["only: {kubernetes: active}", "'kubernetes' is not supported"],
  ["only: {refs: main}", "refs has to be a list."],
  ["only: [/(/]", "'/(/' is no valid regular expression."],
  ["only: {variables: ['$A =']}", "Invalid condition, at character 4"],
  ["only: [1]", "A text is needed here, not the number 1."],
])("refuses %s", (policy, message) => {
  expect(messagesOf(withPolicy(policy))[0]).toContain(message);
});
