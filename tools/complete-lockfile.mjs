#!/usr/bin/env node
// Run it after `npm install` has changed package-lock.json behind a registry that does not have every package:
// npm then leaves out the optional packages of other platforms that it could not find, and `npm ci` refuses such a
// lockfile everywhere ("Missing: ... from lock file"). This adds them, without checksums: they are never downloaded here.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const platform =
  /[-/](android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)-(arm64|arm|x64|ia32|loong64|ppc64|riscv64|s390x)(?:-(gnu|musl))?/;
const exactVersion = /^\d+\.\d+\.\d+(-[\w.]+)?$/;
const libcs = { gnu: "glibc", musl: "musl" };

/** @returns {{ lock: object, added: string[] }} */
export function complete(lock) {
  const added = {};
  for (const parent of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`;
      const match = platform.exec(name);
      // Only what is unmistakable: a platform in the name, an exact version, and no other place in the tree.
      if (!match || !exactVersion.test(version) || lock.packages[path]) continue;
      const [, os, cpu, libc] = match;
      added[path] = {
        version,
        cpu: [cpu],
        ...(parent.dev && { dev: true }),
        ...(os === "linux" && libc && { libc: [libcs[libc]] }),
        ...(parent.license && { license: parent.license }),
        optional: true,
        os: [os],
        ...(parent.engines && { engines: parent.engines }),
      };
    }
  }
  const sorted = Object.entries({ ...lock.packages, ...added }).sort(([a], [b]) => a.localeCompare(b, "en"));
  return { lock: { ...lock, packages: Object.fromEntries(sorted) }, added: Object.keys(added) };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const file = "package-lock.json";
  const { lock, added } = complete(JSON.parse(readFileSync(file, "utf8")));
  if (added.length > 0) writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
  process.stdout.write(`${file}: ${added.length} packages of other platforms added\n`);
}
