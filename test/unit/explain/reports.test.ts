import { describe, expect, it } from "vitest";
import { isOfReport } from "../../../src/explain/reports.ts";

describe("a line of a test report", () => {
  it.each([
    "  ✓ retries on timeout (31ms)",
    "  1) cart adds VAT",
    "--- FAIL: TestParse (0.00s)",
    "FAIL",
    "FAIL\tacme/dockerx\t0.012s",
    "ok  \tacme/cart\t0.011s",
    "not ok 2 - guard logs the user",
    "E       PermissionError: [Errno 13] Permission denied",
    "tests/test_cart.py::test_total FAILED",
    "test storage::rotates ... FAILED",
    "[INFO] Tests run: 12, Failures: 1",
    "  11 passing (20ms)",
    "smoke: 1 required probe failed",
    "FAILURES! mysql query timed out",
  ])("is known: %j", (line) => {
    expect(isOfReport(line)).toBe(true);
  });

  it.each([
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    "ERROR: failed to solve: process did not complete successfully: exit code: 1",
    "Error: EACCES: permission denied, open 'a'",
    "> Task :dockerBuild FAILED",
    "BUILD FAILED",
    "make: *** [Makefile:4: lint] Error 127",
  ])("is not seen in: %j", (line) => {
    expect(isOfReport(line)).toBe(false);
  });
});
