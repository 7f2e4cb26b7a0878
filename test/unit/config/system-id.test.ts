import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeSystemId, systemId } from "../../../src/config/system-id.ts";

let directory: string;
let config: string;
let stored: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "longshore-id-"));
  config = path.join(directory, "config.toml");
  stored = path.join(directory, ".runner_system_id");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe("makeSystemId", () => {
  it("makes the machine's id as GitLab Runner does", () => {
    // printf gitlab-runner | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
    expect(makeSystemId("0123456789abcdef0123456789abcdef")).toBe("s_ee3af03959fe");
  });

  it("makes a random one without a machine id", () => {
    const [one, other] = [makeSystemId(""), makeSystemId("")];
    expect(one).toMatch(/^r_[0-9a-zA-Z]{12}$/);
    expect(one).not.toBe(other);
  });
});

describe("systemId", () => {
  it("keeps what is stored, whitespace aside", async () => {
    await writeFile(stored, "r_abcDEF123456\n");
    expect(await systemId(config)).toEqual({ id: "r_abcDEF123456", warning: null });
  });

  it.each(["", "x_abcDEF123456", "s_tooshort", "s_abcDEF1234567"])("replaces %j by one of its own", async (text) => {
    await writeFile(stored, text);
    const { id } = await systemId(config, []);
    expect(id).toMatch(/^r_/);
    expect(await readFile(stored, "utf8")).toBe(id);
  });

  it("takes the first machine id there is, and stores the result for its owner alone", async () => {
    const machine = path.join(directory, "machine-id");
    await writeFile(machine, " machine\n");
    const { id } = await systemId(config, [path.join(directory, "none"), machine]);
    expect(id).toBe(makeSystemId("machine"));
    expect((await stat(stored)).mode & 0o777).toBe(0o600);
  });

  it("still has an id when it can't be stored, and says so", async () => {
    await writeFile(config, "");
    const { id, warning } = await systemId(path.join(config, "inside", "config.toml"), []);
    expect(id).toMatch(/^r_/);
    expect(warning).toContain(id);
  });
});
