import { expect, test } from "vitest";
import { cpuSecondsOf, memoryMiBOf, readUsage } from "../../../bench/process-usage.ts";

test("adds user and system time, whatever the process calls itself", () => {
  const stat = "42 (a) b (c)) S 1 42 42 0 -1 4194304 1000 0 0 0 150 50 7 8 20 0 11 0 12345 1000000 2000";
  expect(cpuSecondsOf(stat)).toBe(2);
});

test("reads memory in MiB, by the whole key", () => {
  const status = "Name:\tnode\nVmPeak:\t 999999 kB\nVmHWM:\t    2048 kB\nVmRSS:\t    1536 kB\n";
  expect(memoryMiBOf(status, "VmHWM")).toBe(2);
  expect(memoryMiBOf(status, "VmRSS")).toBe(1.5);
  expect(() => memoryMiBOf("Name:\tnode\n", "VmRSS")).toThrow("no VmRSS");
});

test("knows this very process", async () => {
  const usage = await readUsage(process.pid);
  expect(usage.peakMiB).toBeGreaterThanOrEqual(usage.residentMiB);
  expect(usage.residentMiB).toBeGreaterThan(10);
  expect(usage.cpuSeconds).toBeGreaterThan(0);
});
