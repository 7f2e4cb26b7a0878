import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  configurationResult,
  doctorJson,
  doctorLines,
  type DoctorReport,
} from "../../../src/commands/doctor-report.ts";
import { fail, pass, skip, warn } from "../../../src/doctor/check.ts";
import { parseConfig } from "../../../src/config/parse.ts";
import { AgentError } from "../../../src/support/errors.ts";
import { DoctorLine } from "./doctor-line.ts";

const [runner] = parseConfig(
  '[[runners]]\nname = "one"\nurl = "https://gitlab.test"\ntoken = "glrt-secret"\nexecutor = "docker"\n',
  "config.toml",
  { env: {}, home: "/home/a" },
).config.runners;
if (runner === undefined) throw new Error("the configuration has a runner");

const report: DoctorReport = {
  config: "/etc/longshore/config.toml",
  configuration: configurationResult({ warnings: [], runners: 1 }),
  machine: [{ name: "state-directory", ...pass("room"), seconds: 0.001 }],
  entries: [
    {
      runner,
      checks: [
        { name: "daemon", ...pass("answers"), seconds: 0.123_456 },
        { name: "storage-driver", ...warn("vfs", "overlay2"), seconds: 0 },
        { name: "mtu", ...fail("too wide", "network_mtu = 1400"), seconds: 1 },
        { name: "job-daemon", ...skip('"mtu" failed'), seconds: 0 },
      ],
    },
  ],
  left: [],
  seconds: 4.256,
};

describe("doctor's report", () => {
  it("is not well when something that doctor made could not be removed, and names it", () => {
    const text = "volume x: it is in use";
    const well = { ...report, entries: [], left: [text] };
    expect(doctorJson(well)).toMatchObject({ ok: false, left: [text], counts: { fail: 0 } });
    expect(doctorLines(well).join("\n")).toContain(text);
    expect(doctorJson({ ...well, left: [] }).ok).toBe(true);
  });

  it("is JSON of a fixed form, without tokens", () => {
    const json = JSON.parse(JSON.stringify(doctorJson(report))) as unknown;
    expect(json).toEqual({
      version: 1,
      config: "/etc/longshore/config.toml",
      ok: false,
      seconds: 4.26,
      left: [],
      counts: { pass: 3, warn: 1, fail: 1, skip: 1 },
      checks: [
        { name: "configuration", verdict: "pass", finding: "it is valid and has 1 runner", fix: "", seconds: 0 },
        { name: "state-directory", verdict: "pass", finding: "room", fix: "", seconds: 0 },
      ],
      runners: [
        {
          name: "one",
          index: 0,
          url: "https://gitlab.test",
          checks: [
            { name: "daemon", verdict: "pass", finding: "answers", fix: "", seconds: 0.12 },
            { name: "storage-driver", verdict: "warn", finding: "vfs", fix: "overlay2", seconds: 0 },
            { name: "mtu", verdict: "fail", finding: "too wide", fix: "network_mtu = 1400", seconds: 1 },
            { name: "job-daemon", verdict: "skip", finding: '"mtu" failed', fix: "", seconds: 0 },
          ],
        },
      ],
    });
    expect(JSON.stringify(json)).not.toContain("glrt-");
  });

  it("is a list for people: a mark, what was found, what to change, and the sums", () => {
    // eslint-disable-next-line no-control-regex
    const lines = doctorLines(report).map((line) => line.replace(/\u001B\[\d+m/g, ""));
    expect(lines).toEqual([
      "/etc/longshore/config.toml",
      "  ✓ configuration    it is valid and has 1 runner",
      "  ✓ state-directory  room",
      "",
      'runner "one"',
      "  ✓ daemon          answers",
      "  ! storage-driver  vfs",
      "                    fix: overlay2",
      "  ✗ mtu             too wide",
      "                    fix: network_mtu = 1400",
      '  - job-daemon      "mtu" failed',
      "",
      "3 passed, 1 warning, 1 failed, 1 left out (4.3 s)",
    ]);
  });

  it("says of the configuration what loading it says", () => {
    const error = new AgentError("CONFIG_TYPE", "a.toml:1:1: wrong", { hint: "write it right", exitCode: 2 });
    expect(configurationResult(error)).toMatchObject([
      { verdict: "fail", finding: "a.toml:1:1: wrong", fix: "write it right [CONFIG_TYPE]" },
    ]);
    const warnings = configurationResult({ warnings: ["one", "two"], runners: 1 });
    expect(warnings.map(({ verdict, finding }) => [verdict, finding])).toEqual([
      ["warn", "one"],
      ["warn", "two"],
    ]);
    expect(configurationResult({ warnings: [], runners: 0 })).toMatchObject([
      { verdict: "warn", fix: "longshore register" },
    ]);
  });
});

describe("longshore doctor", () => {
  let directory: string;
  let line: DoctorLine;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "longshore-doctor-"));
    line = new DoctorLine(directory);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("ends with 2 and a report when there is no configuration", async () => {
    expect(await line.run("--json")).toBe(2);
    expect(JSON.parse(line.printed.join(""))).toMatchObject({
      ok: false,
      checks: [{ name: "configuration", verdict: "fail", fix: expect.stringContaining("[CONFIG_MISSING]") }],
      runners: [],
    });
  });

  it("rejects with exit code 2 for a runner that the file doesn't have", async () => {
    await writeFile(line.file, "concurrent = 1\n");
    await expect(line.run("--runner", "none")).rejects.toMatchObject({ code: "RUNNER_NOT_FOUND", exitCode: 2 });
  });

  it("ends with 0 for a file without runners, and says how to get one", async () => {
    await writeFile(line.file, "concurrent = 1\n");
    expect(await line.run()).toBe(0);
    expect(line.printed.join("\n")).toContain("longshore register");
  });

  it("ends with 1 when an entry can take no jobs, and leaves the rest out", async () => {
    await writeFile(
      line.file,
      '[[runners]]\nname = "s"\nurl = "https://gitlab.test"\ntoken = "t"\nexecutor = "shell"\n',
    );
    expect(await line.run("--json")).toBe(1);
    const { counts } = JSON.parse(line.printed.join("")) as { counts: Record<string, number> };
    expect(counts).toMatchObject({ fail: 1, skip: 19 });
  });
});
