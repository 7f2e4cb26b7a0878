import { expect, test } from "vitest";
import { pauseBeforeRetry } from "../../../src/executor/retry-pause.ts";

async function pauses(backOff: boolean): Promise<number[]> {
  const slept: number[] = [];
  const context = {
    plan: { attempts: { backOff } },
    control: { job: new AbortController().signal },
    clock: { sleep: async (ms: number) => void slept.push(ms) },
    spans: { phase: (_: string, body: () => Promise<void>) => body() },
  };
  for (let attempt = 1; attempt < 10; attempt++) await pauseBeforeRetry(context as never, attempt);
  return slept;
}

test("the pause grows from 5 seconds to 5 minutes", async () => {
  expect(await pauses(true)).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300].map((seconds) => seconds * 1000));
});

test("where that is switched off it grows from 1 second to 5", async () => {
  expect(await pauses(false)).toEqual([1, 2, 4, 5, 5, 5, 5, 5, 5].map((seconds) => seconds * 1000));
});
