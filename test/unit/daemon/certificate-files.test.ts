import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readDockerCertificates } from "../../../src/daemon/certificate-files.ts";

async function directoryWith(names: readonly string[]) {
  const directory = await mkdtempDisposable(join(tmpdir(), "longshore-certificates-"));
  for (const name of names) await writeFile(join(directory.path, name), `the ${name}`);
  return directory;
}

/** Many at once: what is read side by side fails in the order in which the disk answers. */
async function errorsOf(directory: string): Promise<string[]> {
  const reads = Array.from({ length: 300 }, () => readDockerCertificates(directory).then(() => "read", String));
  return [...new Set(await Promise.all(reads))];
}

describe("readDockerCertificates", () => {
  it("gives the three files of a Docker client", async () => {
    await using directory = await directoryWith(["ca.pem", "cert.pem", "key.pem"]);
    expect(await readDockerCertificates(directory.path)).toEqual({
      ca: "the ca.pem",
      cert: "the cert.pem",
      key: "the key.pem",
    });
  });

  it.each([
    [[], "ca.pem"],
    [["ca.pem"], "cert.pem"],
    [["key.pem"], "ca.pem"],
    [["ca.pem", "cert.pem"], "key.pem"],
  ])("where only %j are there, always names %s, the first that is missing", async (present, missing) => {
    await using directory = await directoryWith(present);
    const errors = await errorsOf(directory.path);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(`cannot read the Docker client certificate ${join(directory.path, missing)}: `);
  });
});
