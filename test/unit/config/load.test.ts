import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defaultConfigPath } from "../../../src/config/default-path.ts";
import { certsDirOf, loadConfig } from "../../../src/config/load.ts";

let home: string;
let file: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), "longshore-load-"));
  file = path.join(home, "config.toml");
});
afterEach(() => rm(home, { recursive: true, force: true }));

const load = (name = file) => loadConfig(name, { env: {}, home });

describe("loadConfig", () => {
  it("gives the settings and the text they came from", async () => {
    await writeFile(file, "\uFEFFconcurrent = 3\n");
    expect(await load()).toMatchObject({ config: { concurrent: 3 }, text: "\uFEFFconcurrent = 3\n", warnings: [] });
  });

  it("says how to make a file that is missing", async () => {
    await expect(load()).rejects.toMatchObject({
      code: "CONFIG_MISSING",
      exitCode: 2,
      hint: expect.stringContaining("register"),
    });
  });

  it("says how to use GitLab Runner's file when that is there", async () => {
    const theirs = path.join(home, ".gitlab-runner", "config.toml");
    await mkdir(path.dirname(theirs));
    await writeFile(theirs, "");
    await expect(load()).rejects.toMatchObject({
      hint: expect.stringMatching(/--config .*gitlab-runner\/config\.toml/),
    });
  });

  it("says what else stands in the way", async () => {
    await expect(load(home)).rejects.toMatchObject({
      code: "CONFIG_UNREADABLE",
      message: expect.stringContaining("is a directory"),
    });
    await writeFile(file, Buffer.from([0x61, 0xff, 0x3d]));
    await expect(load()).rejects.toMatchObject({ code: "CONFIG_ENCODING", exitCode: 2 });
    await expect(load(path.join(file, "x.toml"))).rejects.toMatchObject({ code: "CONFIG_UNREADABLE" });
  });
});

describe("paths", () => {
  it("are the system's for root and the user's own for others", () => {
    expect(defaultConfigPath(0, "/root")).toBe("/etc/longshore/config.toml");
    expect(defaultConfigPath(1000, "/home/ci")).toBe("/home/ci/.longshore/config.toml");
    expect(certsDirOf("/etc/longshore/config.toml")).toBe("/etc/longshore/certs");
  });
});
