import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Programs `docker-credential-NAME` on the PATH of this process, each a shell script whose `$1` is get, list or so. */
export async function credentialHelpers(scripts: Readonly<Record<string, string>>): Promise<AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), "longshore-test-helpers-"));
  for (const [name, script] of Object.entries(scripts)) {
    const file = join(directory, `docker-credential-${name}`);
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
  }
  const before = process.env["PATH"] ?? "";
  process.env["PATH"] = `${directory}:${before}`;
  return {
    [Symbol.asyncDispose]: async () => {
      process.env["PATH"] = before;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
