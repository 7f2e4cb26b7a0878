import { expect, test } from "vitest";
import { terminateRun } from "../../../src/executor/terminate-run.ts";

/** What a container is asked for. */
async function asked(nativeStop: boolean): Promise<string[]> {
  const calls: string[] = [];
  const container = {
    exec: async () => {
      calls.push("exec");
      throw Object.assign(new Error("not running"), { statusCode: 409 });
    },
    stop: async ({ t }: { t: number }) => void calls.push(`stop within ${t} s`),
  };
  await terminateRun({ getContainer: () => container } as never, "c1", nativeStop);
  return calls;
}

test("every process is told before the container is stopped", async () => {
  expect(await asked(false)).toEqual(["exec", "stop within 10 s"]);
});

test("with FF_USE_NATIVE_CONTAINER_STOP the daemon alone stops the container", async () => {
  expect(await asked(true)).toEqual(["stop within 10 s"]);
});
