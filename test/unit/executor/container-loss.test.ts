import { expect, test } from "vitest";
import { ContainerRemoved, survivingLoss } from "../../../src/executor/container-loss.ts";

/** A stage that loses its container `losses` times. */
async function stage(losses: number, attempts: number | undefined, replaceable = true) {
  const log: string[] = [];
  const say = async (text: string) => void log.push(text);
  const context = {
    plan: { attempts: { jobSection: attempts } },
    trace: { error: say, line: say },
    control: { job: new AbortController().signal },
  };
  let made = 1;
  const container = {
    get id() {
      return `c${made}`;
    },
    replace: replaceable ? async () => void made++ : null,
  };
  let runs = 0;
  const run = async () => {
    if (++runs <= losses) throw new ContainerRemoved("container-fault", "it is gone");
    return `done in c${made}`;
  };
  const result = await survivingLoss(context as never, "step_script", container, run).catch(
    (error: Error) => error.message,
  );
  return { result, runs, log };
}

test("a stage whose container is removed is run again in a new one", async () => {
  const { result, runs, log } = await stage(2, 3);
  expect([result, runs]).toEqual(["done in c3", 3]);
  expect(log).toEqual([
    'Container "c1" not found or removed. Will retry...',
    "Retrying step_script",
    'Container "c2" not found or removed. Will retry...',
    "Retrying step_script",
  ]);
});

test("it fails once its attempts are exceeded", async () => {
  const { result, runs, log } = await stage(9, 2);
  expect([result, runs]).toEqual(["it is gone", 2]);
  expect(log.at(-1)).toBe("Execution attempts exceeded");
});

test.each([
  ["it may run once", 1, true],
  ["its plan is of an older agent", undefined, true],
  ["no other container can be made", 3, false],
])("it fails at once, without a word, where %s", async (_, attempts, replaceable) => {
  expect(await stage(1, attempts, replaceable)).toEqual({ result: "it is gone", runs: 1, log: [] });
});

test("another failure is not repeated", async () => {
  const failing = survivingLoss(
    { plan: { attempts: { jobSection: 5 } } } as never,
    "step_script",
    { id: "c1", replace: async () => {} },
    () => Promise.reject(new Error("exit code 1")),
  );
  await expect(failing).rejects.toThrow("exit code 1");
});
