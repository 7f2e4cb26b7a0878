import { expect, test } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { createLog } from "../../../src/support/log.ts";

test.each([
  ["warn", "warn", ["WARNING: b"]],
  ["Warning", "warning", ["WARNING: b"]],
  ["TRACE", "trace", ["a", "WARNING: b"]],
])("log_level = %j is taken, as GitLab Runner takes it", (written, level, lines) => {
  const { config } = parseConfig(`log_level = "${written}"\n`, "config.toml", { env: {}, home: "/" });
  expect(config.log_level).toBe(level);
  const said: string[] = [];
  const log = createLog({ format: "runner", level: config.log_level, write: (line) => said.push(line), colour: false });
  log.info("a");
  log.warn("b");
  expect(said.map((line) => line.trim())).toEqual(lines);
});
