import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectEngine, engineHost, images, objectsOf, removeReusable } from "../support/engine.ts";
import { type OtlpReceiver, startOtlpReceiver } from "../support/otlp-receiver.ts";

const cli = join(import.meta.dirname, "../../src/cli.ts");
const pipeline = `
first:
  script: ["echo one >out"]
  artifacts: { paths: [out] }
second:
  stage: deploy
  script: [cat out]
`;

let home: string;
let receiver: OtlpReceiver;
let screen: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "longshore-test-"));
  receiver = await startOtlpReceiver();
  const directory = join(home, "project");
  await mkdir(directory);
  await writeFile(join(directory, ".gitlab-ci.yml"), pipeline);
  const args = [cli, "exec", "--timing", "--image", images.base, "--helper-image", images.helper, "-H", engineHost];
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [...args, "--state-dir", join(home, "state")],
    {
      cwd: directory,
      env: {
        PATH: process.env["PATH"],
        HOME: home,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      },
      timeout: 110_000,
    },
  );
  screen = stdout;
  expect(stderr).toBe("");
});
afterAll(async () => {
  await receiver[Symbol.asyncDispose]();
  const agentId = (await readdir(join(home, "state"))).find((name) => name !== "exec") ?? "";
  await removeReusable(connectEngine(), agentId);
  const left = await objectsOf(connectEngine(), agentId);
  await rm(home, { recursive: true, force: true });
  expect(Object.values(left).flat()).toEqual([]);
});

it("exec --timing shows where each job's time went once it is over, removal included", () => {
  const tables = [...screen.matchAll(/^Where the time of (\w+) went\n(?: .*\n)+/gm)];
  expect(tables.map(([, job]) => job)).toEqual(["first", "second"]);
  for (const [table] of tables) {
    for (const phase of ["(ask)", "receive", "prepare_executor", "get_sources", "step_script", "final", "(removal)"])
      expect(table).toContain(`\n  ${phase} `);
    expect(Number(/sum of the phases .* of .* \((.*) %\)/.exec(table)?.[1])).toBeGreaterThan(95);
  }
  expect(tables[0]?.[0]).toContain("\n  upload_artifacts_on_success ");
  expect(tables[1]?.[0]).toContain("\n    download first ");
});

it("exec --timing ends with a line for each job", () => {
  expect(screen).toMatch(/│\n.*┘\n {2}job +total +prepare .*\n {2}first +\d.*\n {2}second +\d.*\nPipeline success\n$/);
});

it("exec sends the spans where OTEL_EXPORTER_OTLP_ENDPOINT says", () => {
  const jobs = receiver.spans().filter((span) => span.name === "job_execution");
  expect(jobs.map((span) => span.attributes["cicd.pipeline.task.name"])).toEqual(["first", "second"]);
});
