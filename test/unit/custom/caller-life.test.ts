import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { processWorld } from "../../../src/custom/caller-life.ts";

const id = "0123456789abcdef0123456789abcdef";

it.each([
  ["the machine itself has its id and its name", "pid:[4026531836]", `${id}\n`, `${id} ${hostname()}`],
  ["an image's id says nothing in a container", "pid:[4026532211]", `${id}\n`, ""],
  ["a machine may have none", "pid:[4026531836]", "uninitialized\n", ""],
])("where a process is: %s", async (_, pidNamespace, machineId, machine) => {
  const root = await mkdtemp(join(tmpdir(), "longshore-test-"));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(root, { recursive: true }));
  await mkdir(join(root, "self/ns"), { recursive: true });
  await mkdir(join(root, "sys/kernel/random"), { recursive: true });
  await symlink(pidNamespace, join(root, "self/ns/pid"));
  await writeFile(join(root, "sys/kernel/random/boot_id"), "a-boot\n");
  await writeFile(join(root, "machine-id"), machineId);
  expect(await processWorld(root, root)).toEqual({ machine, machineBoot: "a-boot", pidNamespace, mountNamespace: "" });
});
