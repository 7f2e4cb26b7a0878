import { describe, expect, it } from "vitest";
import { execConfigText, type ExecSettings } from "../../../src/commands/exec-config.ts";
import { formatDuration, jobTable } from "../../../src/commands/exec-table.ts";
import { readInputs, readVariables } from "../../../src/commands/exec-variables.ts";
import { parseConfig } from "../../../src/config/parse.ts";
import type { TomlTable } from "../../../src/config/toml-text.ts";

const nothing: ExecSettings = {
  image: "",
  wiring: "",
  privileged: false,
  dockerHost: "",
  helperImage: "",
  concurrent: 2,
};
const registration = { url: "http://172.17.0.1:8929", token: "abc" };

function config(settings: Partial<ExecSettings> = {}, template: TomlTable = {}) {
  const text = execConfigText({ ...nothing, ...settings }, template, registration);
  const parsed = parseConfig(text, "config.toml", { env: {}, home: "/home/ada" });
  expect(parsed.warnings).toEqual([]);
  return { concurrent: parsed.config.concurrent, runner: parsed.config.runners[0] };
}

describe("execConfigText", () => {
  it("has a runner with local images by default", () => {
    const { concurrent, runner } = config();
    expect(concurrent).toBe(2);
    expect(runner).toMatchObject({ ...registration, executor: "docker", problem: null });
    expect(runner?.docker).toMatchObject({ image: "alpine:latest", pull_policy: ["if-not-present"], daemon: null });
  });

  it("lets flags win over the template, and the template over the defaults", () => {
    const template = {
      url: "https://elsewhere.example.com",
      environment: ["A=1"],
      docker: { image: "debian", helper_image: "helper", pull_policy: ["always"] },
    };
    const { runner } = config({ image: "node", privileged: true }, template);
    expect(runner).toMatchObject({ url: registration.url, environment: ["A=1"] });
    expect(runner?.docker).toMatchObject({
      image: "node",
      helper_image: "helper",
      privileged: true,
      pull_policy: ["always"],
    });
  });

  it("keeps the template's wiring when it is the one asked for, and drops its keys when it is not", () => {
    const template = { docker: { daemon: { wiring: "dind", image: "my-dind" } } };
    expect(config({ wiring: "dind" }, template).runner?.docker.daemon).toMatchObject({ image: "my-dind" });
    expect(config({ wiring: "socket" }, template).runner?.docker.daemon).toEqual({
      wiring: "socket",
      socket_path: "/var/run/docker.sock",
    });
  });
});

describe("readVariables", () => {
  it("splits at the first equals sign, and the last of a key counts", () => {
    expect(readVariables(["A=1=2", "B=", "A=3"])).toEqual([
      { key: "A", value: "3" },
      { key: "B", value: "" },
    ]);
  });
  it("does not repeat what may be a secret", () => {
    expect(() => readVariables(["hunter2"])).toThrow(/^(?!.*hunter2)/);
  });
});

describe("the closing table", () => {
  it("shows each job's stage, state and time", () => {
    const row = { stage: "build", name: "compile", state: "failed", durationMs: 1234, note: "script_failure" };
    const table = jobTable([row, { ...row, name: "deploy", state: "manual", durationMs: null, note: "" }], false);
    expect(table).toMatch(/build +│ compile +│ failed +│ 1\.2 s +│ script_failure/);
    expect(table).toMatch(/deploy +│ manual +│ +│/);
  });
  it.each([
    [0, "0.0 s"],
    [59_940, "59.9 s"],
    [59_960, "1 min 00 s"],
    [3_599_000, "59 min 59 s"],
    [3_720_000, "1 h 02 min"],
  ])("writes %i ms as %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe("readInputs", () => {
  it("takes names with hyphens, and the last value of each", () => {
    expect([...readInputs(["dry-run=true", "a=1=2", "a="])]).toEqual([
      ["dry-run", "true"],
      ["a", ""],
    ]);
  });

  it("says what is expected and not what was written", () => {
    expect(() => readInputs(["hunter2"])).toThrow(/^--input: (?!.*hunter2).*expected NAME=VALUE$/);
  });
});
