import { vi } from "vitest";
import type * as Http from "../../src/coordinator/http.ts";

// What `startPaperAgent` needs. To be imported before anything that imports the agent.
vi.mock("../../src/executor/execute.ts", async () => {
  const { paperExecute } = await import("./paper-execute.ts");
  return { execute: paperExecute };
});
vi.mock("../../src/coordinator/http.ts", async (importOriginal) => {
  const { onLeapingTime } = await import("./leaping-exchange.ts");
  const original = await importOriginal<typeof Http>();
  return { ...original, exchange: onLeapingTime(original.exchange) };
});
