import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { images } from "../../support/engine.ts";

const script = [
  "echo run >> /tmp/runs; echo it is run $(wc -l < /tmp/runs); echo it is run $(wc -l < /tmp/runs) >&2; exit 3",
];

let coordinator: TestCoordinator;
let agent: TestAgent;

beforeAll(async () => {
  coordinator = await startTestCoordinator();
  agent = await startTestAgent({ coordinator, runners: [{}] });
});

afterAll(async () => {
  await agent[Symbol.asyncDispose]();
  await coordinator.close();
});

describe("a script behind an entrypoint", () => {
  it.each([
    ["that bends its errors into its output", 'exec "$@" 2>&1', 2],
    ["that bends its output into its errors", 'exec "$@" >&2', 2],
    ["that takes its output for itself", 'exec "$@" >/tmp/output', 1],
    ["that takes its errors for itself", 'exec "$@" 2>/tmp/errors', 1],
  ])("%s runs once, and its exit code is the job's", async (_, words, shown) => {
    const image = { name: images.base, entrypoint: ["sh", "-c", words, "sh"] };
    const { job, log } = await agent.run({ script, parts: { image } });
    expect(log.match(/^it is run .*$/gm)).toEqual(Array(shown).fill("it is run 1"));
    expect([job.state, job.exitCode]).toEqual(["failed", 3]);
    expect(log).not.toMatch(/longshore-(?:shell|begin|end)/);
  });
});
