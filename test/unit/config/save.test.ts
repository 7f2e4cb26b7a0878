import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { saveConfig, updateConfig } from "../../../src/config/save.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "longshore-save-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const modeOf = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);

describe("saveConfig", () => {
  it("makes the directory for its owner alone, and the file too", async () => {
    const file = path.join(directory, "new", "deep", "config.toml");
    await saveConfig(file, "a = 1\n");
    expect(await readFile(file, "utf8")).toBe("a = 1\n");
    expect([await modeOf(path.dirname(file)), await modeOf(file)]).toEqual(["700", "600"]);
  });

  it("replaces a file without leaving anything beside it, and tightens its mode", async () => {
    const file = path.join(directory, "config.toml");
    await writeFile(file, "a much longer text than the new one");
    await chmod(file, 0o644);
    await saveConfig(file, "b = 2\n");
    expect(await readFile(file, "utf8")).toBe("b = 2\n");
    expect(await modeOf(file)).toBe("600");
    expect(await readdir(directory)).toEqual(["config.toml"]);
  });

  it("writes a link's target and keeps the link", async () => {
    const [target, link] = [path.join(directory, "real.toml"), path.join(directory, "config.toml")];
    await writeFile(target, "");
    await symlink(target, link);
    await saveConfig(link, "a = 1\n");
    expect([await readlink(link), await readFile(target, "utf8")]).toEqual([target, "a = 1\n"]);
  });

  it("refuses what is not a regular file", async () => {
    const file = path.join(directory, "config.toml");
    await mkdir(file);
    await expect(saveConfig(file, "")).rejects.toMatchObject({ code: "CONFIG_UNWRITABLE", exitCode: 2 });
    await expect(saveConfig("/dev/null", "")).rejects.toThrow(/not a regular file/);
    expect(await readdir(directory)).toEqual(["config.toml"]);
  });

  it("says so when the directory is a file", async () => {
    await writeFile(path.join(directory, "file"), "");
    await expect(saveConfig(path.join(directory, "file", "config.toml"), "")).rejects.toThrow(/not a directory/);
  });
});

describe("updateConfig", () => {
  it("starts from nothing when there is no file, and leaves one alone that doesn't change", async () => {
    const file = path.join(directory, "config.toml");
    await updateConfig(file, (text) => `${text}a = 1\n`);
    const before = await stat(file);
    await updateConfig(file, (text) => text);
    expect(await readFile(file, "utf8")).toBe("a = 1\n");
    expect((await stat(file)).ino).toBe(before.ino);
  });
});
