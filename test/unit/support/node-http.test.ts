import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const ours = join(import.meta.dirname, "../../../src/support/node-http.ts");

/** What a process of its own says about Node's WebSocket client after these imports. */
function loadedAfter(...modules: string[]): boolean {
  const imports = modules.map((module) => `await import(${JSON.stringify(module)});`).join(" ");
  const program = `${imports} console.log(process.moduleLoadList.some((name) => name.includes("undici")));`;
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", program];
  return execFileSync(process.execPath, args, { encoding: "utf8" }).trim() === "true";
}

test("node:http comes without Node's WebSocket client, for those too who import it later", () => {
  // Otherwise there would be nothing to leave out any more.
  expect(loadedAfter("node:http")).toBe(true);
  expect(loadedAfter(ours, "node:http")).toBe(false);
});
