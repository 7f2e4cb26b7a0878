import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { boundedCommand } from "../../../src/doctor/bounded-command.ts";

function run(command: readonly string[], seconds: number) {
  const [file = "", ...args] = boundedCommand(command, seconds);
  const { status, stdout } = spawnSync(file, args, {
    encoding: "utf8",
    timeout: 20_000,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return { status, stdout };
}

describe("a bounded command", () => {
  it("ends by itself", () => {
    expect(run(["sleep", "1000"], 0).status).toBe(128 + 9);
  });

  it("is run as it is, and its exit code is handed on", () => {
    expect(run(["sh", "-c", 'printf "%s|" "$@"; exit 3', "sh", "a b", "$c"], 2)).toEqual({
      status: 3,
      stdout: "a b|$c|",
    });
  });
});
