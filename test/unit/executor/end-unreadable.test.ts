import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { AgentContext } from "../../../src/executor/agent-context.ts";
import { endUnreadable, type ServingEntry } from "../../../src/executor/end-unreadable.ts";
import type { LateJob } from "../../../src/executor/late-deliveries.ts";
import { createLog } from "../../../src/support/log.ts";
import { tempDir } from "../coordinator/temp-dir.ts";

const runner = { token: "glrt-abcdefghijkl", url: "https://gitlab.test" };
const entry = { runner, client: {} } as unknown as ServingEntry;

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
