import { expect, it } from "vitest";
import { defaultHelperImage, hostProbe } from "../../../src/executor/prepare.ts";

const owner = { agentId: "a", boot: "b", revision: "0a1b" };
const environment = ["HELPER_TAG=x86_64-v19", "NESTED=$HELPER_TAG-x", "TEXT=a$b"];

it.each([
  ["", defaultHelperImage("x86_64")],
  ["helper:$HELPER_TAG", "helper:x86_64-v19"],
  ["helper:${NESTED}", "helper:x86_64-v19-x"],
  ["helper:${CI_RUNNER_REVISION}", "helper:0a1b"],
  ["helper:$OF_A_JOB", undefined],
  ["helper:${OF_A_JOB}", undefined],
  ["helper:${}", undefined],
])("a host is looked at through the helper that jobs have: %j", (helper, expected) => {
  expect(hostProbe(owner, { helper_image: helper }, environment, "x86_64")?.image).toBe(expected);
});

it("a flavor stands before the architecture in the default helper's tag, but for alpine", () => {
  expect(defaultHelperImage("aarch64", "ubuntu")).toMatch(/gitlab-runner-helper:ubuntu-arm64-v\d/);
  expect(defaultHelperImage("x86_64", "alpine")).toBe(defaultHelperImage("x86_64"));
  expect(hostProbe(owner, { helper_image_flavor: "ubuntu" }, [], "x86_64")?.image).toMatch(/:ubuntu-x86_64-v/);
});

it("its container is found as the agent's, and as this run's", () => {
  expect(hostProbe(owner, {}, [], "x86_64")?.labels).toEqual({
    "dev.longshore.agent": "a",
    "dev.longshore.boot": "b",
  });
});
