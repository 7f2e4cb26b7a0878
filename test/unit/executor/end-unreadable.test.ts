import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { AgentContext } from "../../../src/executor/agent-context.ts";
import { endUnreadable, type ServingEntry } from "../../../src/executor/end-unreadable.ts";
import type { LateJob } from "../../../src/executor/late-deliveries.ts";
import { encodeRecord } from "../../../src/journal/record-line.ts";
import { createLog } from "../../../src/support/log.ts";
import { tempDir } from "../coordinator/temp-dir.ts";

const runner = { token: "glrt-abcdefghijkl", url: "https://gitlab.test" };
const entry = { runner, client: {} } as unknown as ServingEntry;

it("of two jobs with one number, which two entries took at one start, the other's objects stay", async () => {
  await using directory = await tempDir();
  const other = { runner: { token: "glrt-otherotherother", url: "https://other.test" }, client: {} } as never;
  const asked: unknown[] = [];
  const list = (answer: unknown) => async (options: { filters: { label: unknown } }) => {
    asked.push(options.filters.label);
    return answer;
  };
  const engine = {
    listContainers: list([]),
    listNetworks: list([]),
    listVolumes: list({ Volumes: [] }),
  };
  const agent = {
    agentId: "agent",
    log: createLog({ level: "info", format: "runner", write: () => {}, colour: false }),
    late: { deliver: async () => true },
    daemons: { get: async () => ({ engine }) },
    daemonWatch: { nextReturn: new AbortController().signal },
  } as unknown as AgentContext;
  const end = async (name: string, files: Readonly<Record<string, string>>) => {
    const path = join(directory.path, name);
    await mkdir(path);
    for (const [file, text] of Object.entries(files)) await writeFile(join(path, file), text);
    asked.length = 0;
    await endUnreadable(agent, path, new Error("it has version 99"), [entry, other]);
    return asked;
  };
  const labels = (runner: string) => [
    "dev.longshore.agent=agent",
    "dev.longshore.boot=b",
    "dev.longshore.job=7",
    `com.gitlab.gitlab-runner.runner.id=${runner}`,
  ];
  const all = (runner: string) => [labels(runner), labels(runner), labels(runner)];
  const payload = (url: string) =>
    JSON.stringify({ id: 7, token: "t", variables: [{ key: "CI_SERVER_URL", value: url }] });
  const opened = encodeRecord({ type: "opened", boot: "b", entry: { runner: "earlier" } });
  expect(await end("7-a", { "payload.json": payload(runner.url), events: opened })).toEqual(all("earlier"));
  const plan = '{"labels":{"dev.longshore.boot":"b"';
  expect(await end("7-b", { "payload.json": payload(runner.url), "plan.json": plan })).toEqual(all("abcdefghi"));
  const whole = `${plan},"com.gitlab.gitlab-runner.runner.id":"otherothe","x":`;
  expect(await end("7-c", { "plan.json": whole })).toEqual(all("otherothe"));
});

it("the end of a job whose journal can't be used is delivered like any late one, and stands in its log once, however many starts that takes", async () => {
  await using directory = await tempDir();
  const path = join(directory.path, "7-x");
  await mkdir(path);
  await writeFile(join(path, "payload.json"), '{"id":7,"token":"glcbt-t","variables":[]}');
  const delivered: LateJob[] = [];
  const start = (isReported: boolean, why: string) => {
    const agent = {
      log: createLog({ level: "info", format: "runner", write: () => {}, colour: false }),
      late: { deliver: async (job: LateJob) => (delivered.push(job), isReported) },
    } as unknown as AgentContext;
    return endUnreadable(agent, path, new Error(why), [entry]);
  };
  await start(false, "it has version 99");
  await start(false, "it has version 99, this agent is another");
  const [job] = delivered;
  expect(job).toMatchObject({ id: 7, token: "glcbt-t", runner: "abcdefghi", client: entry.client, acknowledged: 0 });
  expect(job?.update).toMatchObject({ state: "failed", exitCode: 0 });
  expect((await readFile(job?.spoolPath ?? "", "utf8")).match(/ERROR: .*/g)).toEqual([
    expect.stringMatching(/what it had kept of the job can't be used: it has version 99\b(?!, this)/),
  ]);
  await access(path);
  await start(true, "it has version 99");
  expect(delivered).toHaveLength(3);
  await expect(access(path)).rejects.toThrow("ENOENT");
});
