import { expect, test } from "vitest";
import type { Helper } from "../../../src/executor/helper-container.ts";
import { helperStage } from "../../../src/executor/helper-stage.ts";

const notFound = Object.assign(new Error("no such container"), { statusCode: 404 });

/** What the daemon says about a container, look by look; an error for one that is gone. */
type Sight = "running" | "removing" | "gone";

async function stage(attempts: number, ends: readonly (number | Error)[], sights: readonly Sight[]) {
  const log: string[] = [];
  const say = async (text: string) => void log.push(text);
  let look = 0;
  const inspect = async () => {
    const sight = sights[Math.min(look++, sights.length - 1)];
    if (sight === "gone" || sight === undefined) throw notFound;
    return {
      Id: "h1",
      State: { Running: true, Status: sight },
      Config: {},
      HostConfig: {},
      NetworkSettings: { Networks: {} },
    };
  };
  const context = {
    engine: { getContainer: () => ({ inspect }) },
    clock: { sleep: async () => {} },
    control: { job: new AbortController().signal },
    trace: { error: say, line: say, warning: say },
    plan: { attempts: { jobSection: attempts } },
    stage: (_: string, body: () => Promise<number>) => body(),
  };
  let run = 0;
  const helper = { id: "h1", replace: async () => {} } as unknown as Helper;
  const result = await helperStage(context as never, helper, "get_sources", "before-script", async () => {
    const end = ends[run++] ?? 0;
    if (end instanceof Error) throw end;
    return end;
  }).catch((error: Error) => error.message);
  return { result, runs: run, told: log.includes("Retrying get_sources"), looks: look };
}

test.each<[readonly Sight[]]>([[["gone"]], [["running", "running", "gone"]], [["removing"]]])(
  "a command that is killed because its container goes is run again (%s)",
  async (sights) => {
    expect(await stage(2, [137, 0], sights)).toMatchObject({ result: 0, runs: 2, told: true });
  },
);

test("a command that is killed in a container that stays has failed", async () => {
  expect(await stage(2, [137], ["running"])).toMatchObject({ result: 137, runs: 1, told: false });
});

test("a command that fails by itself is believed without a look", async () => {
  expect(await stage(2, [128], ["gone"])).toMatchObject({ result: 128, runs: 1, looks: 0 });
});

test("a command that can't be asked for any more is run again where the container is gone, and only there", async () => {
  expect(await stage(2, [new Error("the exec is unknown"), 0], ["gone"])).toMatchObject({ result: 0, runs: 2 });
  expect(await stage(2, [new Error("it is broken"), 0], ["running"])).toMatchObject({
    result: "it is broken",
    runs: 1,
  });
});

test("without EXECUTOR_JOB_SECTION_ATTEMPTS nothing is run again", async () => {
  expect(await stage(1, [137, 0], ["gone"])).toMatchObject({ result: 137, runs: 1, looks: 0 });
});
