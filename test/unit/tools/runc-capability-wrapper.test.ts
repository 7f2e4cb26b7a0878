import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const wrapper = join(import.meta.dirname, "../../../tools/engine/runc-capability-wrapper.sh");
const lacking = "CapBnd:\t000001fffeffffff\n";
const granted = "CapBnd:\t000001ffffffffff\n";
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "wrapper-"));
  writeFileSync(join(directory, "fake-runc"), '#!/bin/sh\nfor word in "$@"; do printf "<%s>" "$word"; done\n');
  chmodSync(join(directory, "fake-runc"), 0o755);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** What the real runc got to see. */
function run(args: string[], status = lacking, cwd = directory) {
  writeFileSync(join(directory, "status"), status);
  const env = {
    PATH: process.env["PATH"],
    RUNC_WRAPPER_RUNC: join(directory, "fake-runc"),
    RUNC_WRAPPER_STATUS: join(directory, "status"),
  };
  return execFileSync(wrapper, args, { env, cwd, encoding: "utf8" });
}

const write = (name: string, content: unknown, indent?: number) =>
  writeFileSync(join(directory, name), JSON.stringify(content, undefined, indent));
const read = (name: string) => JSON.parse(readFileSync(join(directory, name), "utf8")) as unknown;

const config = (lists: string[][]) => ({
  ociVersion: "1.0.2",
  process: {
    args: ["sh", "-c", 'echo "capabilities":{"x":["CAP_SYS_RESOURCE"]}', "CAP_SYS_RESOURCE"],
    env: ['NOTE="capabilities":{"bounding":["CAP_SYS_RESOURCE","CAP_CHOWN"]}', "EMPTY=", "UTF8=ä€"],
    capabilities: Object.fromEntries(lists.map((list, position) => [`list${position}`, list])),
  },
  linux: { seccomp: { syscalls: [{ names: ["mount"], includes: { caps: ["CAP_SYS_RESOURCE"] } }] } },
});

const first = ["CAP_SYS_RESOURCE", "CAP_CHOWN", "CAP_KILL"];
const middle = ["CAP_CHOWN", "CAP_SYS_RESOURCE", "CAP_KILL"];
const last = ["CAP_CHOWN", "CAP_KILL", "CAP_SYS_RESOURCE"];
const kept = ["CAP_CHOWN", "CAP_KILL"];
const before = config([first, middle, last, ["CAP_SYS_RESOURCE"], [], kept]);
const after = config([kept, kept, kept, [], [], kept]);

test.each([
  ["create", (bundle: string) => ["--root", "/run/x", "--log-format", "json", "create", "--bundle", bundle, "id"]],
  ["run", (bundle: string) => ["run", `--bundle=${bundle}`, "id"]],
  ["a short option", (bundle: string) => ["--debug", "create", "-b", bundle, "--pid-file", "p", "id"]],
  ["a global option that is called like a command", (bundle: string) => ["--root", "exec", "run", "-b", bundle, "id"]],
])("takes the capability out of the bundle's lists and nothing else: %s", (_, args) => {
  write("config.json", before);
  const seen = run(args(directory));
  expect(read("config.json")).toEqual(after);
  expect(seen).toBe(
    args(directory)
      .map((word) => `<${word}>`)
      .join(""),
  );
});

test("the working directory is the bundle when none is named", () => {
  write("config.json", before);
  run(["create", "id"]);
  expect(read("config.json")).toEqual(after);
});

test("a file with line breaks stays valid too, and keeps its mode", () => {
  write("config.json", before, 2);
  chmodSync(join(directory, "config.json"), 0o640);
  run(["create", "--bundle", directory, "id"]);
  expect(read("config.json")).toEqual(after);
  expect(statSync(join(directory, "config.json")).mode & 0o777).toBe(0o640);
});

test.each([
  ["--process FILE", (file: string) => ["exec", "--process", file, "id"]],
  ["--process=FILE", (file: string) => ["exec", "--detach", `--process=${file}`, "id"]],
  ["-p FILE", (file: string) => ["exec", "-p", file, "id"]],
])("exec: the file of %s", (_, args) => {
  write("process.json", before.process);
  run(args(join(directory, "process.json")));
  expect(read("process.json")).toEqual(after.process);
});

test("a host that has the capability gets the file untouched", () => {
  write("config.json", before);
  run(["create", "--bundle", directory, "id"], granted);
  expect(read("config.json")).toEqual(before);
});

test("commands that read no file, and arguments with blanks, pass through", () => {
  expect(run(["kill", "--all", "id", "9"])).toBe("<kill><--all><id><9>");
  expect(run(["exec", "id", "sh", "-c", "echo a  b; true"])).toBe("<exec><id><sh><-c><echo a  b; true>");
  expect(run([])).toBe("");
});

test("an unreadable bundle is left for runc to complain about", () => {
  expect(run(["create", "--bundle", join(directory, "none"), "id"])).toContain("<create>");
});
