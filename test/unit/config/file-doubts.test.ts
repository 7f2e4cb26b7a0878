import { execFileSync } from "node:child_process";
import { constants } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fileDoubts } from "../../../src/config/file-doubts.ts";
import { parseConfig } from "../../../src/config/parse.ts";
import { entry } from "./bad-config/bad-config.ts";

let directory: string;
/** Nobody writes into it, so that it opens for no reader, as a file on a disk that hangs. */
let hanging: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-test-file-doubts-"));
  hanging = join(directory, "ca.pem");
  execFileSync("sh", ["-c", 'mkfifo "$0"', hanging]);
});
afterAll(async () => {
  // Lets go whoever is still opening it.
  await (await open(hanging, constants.O_RDWR | constants.O_NONBLOCK)).close();
  await rm(directory, { recursive: true });
});

test.each([
  ["a seccomp profile", () => entry(`security_opt = ["seccomp=${hanging}"]`)],
  [
    "a CredentialsFile",
    () =>
      entry("", `[runners.cache]\nType = "gcs"\n[runners.cache.gcs]\nBucketName = "b"\nCredentialsFile = "${hanging}"`),
  ],
  [
    "a daemon's certificate",
    () =>
      entry(
        `[runners.docker.daemon]\nwiring = "tcp"\naddress = "tcp://d.test:2376"\ntls_verify = true\n` +
          `tls_cert_path = "${directory}"`,
      ),
  ],
])("%s on a disk that hangs is said, and nobody waits for it", async (_, toml) => {
  const { config } = parseConfig(toml(), "config.toml", { env: {}, home: directory });
  const [runner] = config.runners;
  if (runner === undefined) throw new Error("there is no entry");
  expect(await fileDoubts(runner, 10)).toEqual([expect.objectContaining({ text: "the file can't be read in time" })]);
});
