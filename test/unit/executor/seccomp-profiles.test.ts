import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withSeccompProfiles } from "../../../src/executor/seccomp-profiles.ts";

const signal = new AbortController().signal;
const profile = '{"defaultAction": "SCMP_ACT_ALLOW", "long": 18446744073709551615}\n';
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-test-seccomp-"));
  await writeFile(join(directory, "good.json"), profile);
  await writeFile(join(directory, "bad.json"), "{");
  await writeFile(join(directory, "long.json"), `"${"x".repeat(1_048_576)}"`);
});
afterAll(() => rm(directory, { recursive: true }));

const options = (security: readonly string[], services: readonly string[] = []) =>
  withSeccompProfiles({ security_opt: [...security], services_security_opt: [...services] }, signal);

test("a seccomp profile goes to the daemon as its text, to the last digit", async () => {
  const file = `seccomp=${join(directory, "good.json")}`;
  expect(await options(["no-new-privileges", file], [file])).toEqual({
    security_opt: ["no-new-privileges", `seccomp=${profile}`],
    services_security_opt: [`seccomp=${profile}`],
  });
});

test.each(["seccomp=unconfined", "seccomp=builtin", 'seccomp={"defaultAction":"SCMP_ACT_ALLOW"}', "label=disable"])(
  "%s is passed on as it is",
  async (option) => expect((await options([option])).security_opt).toEqual([option]),
);

test.each([
  ["bad.json", "is not valid JSON"],
  ["long.json", "is longer than 1 MiB"],
  ["missing.json", "can't be read"],
  ["", "can't be read"],
])("a profile %s is refused: it %s", async (file, problem) => {
  await expect(options([], [`seccomp=${join(directory, file)}`])).rejects.toMatchObject({
    code: "CONFIG_SECCOMP",
    reason: "runner_configuration_error",
    message: expect.stringContaining(problem) as string,
  });
});
