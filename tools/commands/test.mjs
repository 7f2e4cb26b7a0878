// npm test: the checks that need no running, then every test; all of them, even when an early one fails. The last line
// counts both kinds.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { capture, passThrough } from "../bootstrap/children.mjs";
import { cache, project } from "../bootstrap/places.mjs";
import { prepare } from "../bootstrap/prepare.mjs";
import { say, step } from "../bootstrap/progress.mjs";

const checks = [
  { name: "types", command: "tsc", args: ["--noEmit"] },
  { name: "lint", command: "oxlint", args: ["--type-aware", "src", "test", "demo", "bench", "fuzz", "chaos", "tools"] },
  { name: "format", command: "prettier", args: ["--check", "--log-level", "warn", "."] },
  { name: "dead code", command: "knip", args: [] },
];
const checkLimit = 180_000;
const report = join(cache, "vitest.json");

export async function test(args) {
  const { env } = await prepare({ mayStart: !args.includes("--no-engine") });
  const codes = [];
  for (const check of checks) codes.push(await run(check, env));
  rmSync(report, { force: true });
  const rest = args.filter((arg) => arg !== "--no-engine");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const vitest = await passThrough(bin("vitest"), ["run", ...reporters, ...rest], { env, cwd: project });
  const tests = countTests(readReport(), vitest);
  const passed = tests.passed + codes.filter((code) => code === 0).length;
  const failed = tests.failed + codes.filter((code) => code !== 0).length;
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  return [...codes, vitest].find((code) => code !== 0) ?? 0;
}

async function run({ name, command, args }, env) {
  const { code, output } = await step(`checking ${name}`, (onLine) => {
    return capture(bin(command), args, { env, cwd: project, onLine, limit: checkLimit });
  });
  if (code !== 0) say(`${name} failed (${command} ${args.join(" ")}):\n${output.trimEnd()}`);
  return code;
}

/** A file that cannot even be loaded has no tests to count: it counts as one that failed. */
export function countTests(json, exitCode) {
  if (!json) return { passed: 0, failed: 1 };
  const notLoaded = json.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  const failed = json.numFailedTests + notLoaded.length;
  return { passed: json.numPassedTests, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
}

function readReport() {
  try {
    return JSON.parse(readFileSync(report, "utf8"));
  } catch {
    return undefined;
  }
}

const bin = (name) => join(project, "node_modules", ".bin", name);
