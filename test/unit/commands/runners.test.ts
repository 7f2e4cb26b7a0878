import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandLine } from "./command-line.ts";

const entry = (name: string, token: string, id = 0, executor = "docker"): string =>
  `# about ${name}\n[[runners]]\n  name = "${name}" # mine\n  url = "https://${name}.test/"\n  id = ${id}\n  token = "${token}"\n  executor = "${executor}"\n\n`;
const config =
  entry("one", "glrt-one12345678", 1) + entry("two", "two12345678", 2) + entry("old", "old12345678", 3, "shell");

let cli: CommandLine;
beforeEach(async () => {
  cli = await CommandLine.create();
  await mkdir(path.dirname(cli.file));
  await writeFile(cli.file, config);
  for (const [token, id] of [
    ["glrt-one12345678", 1],
    ["two12345678", 2],
    ["old12345678", 3],
  ] as const) {
    cli.coordinator.runners.set(token, id);
  }
});
afterEach(() => cli[Symbol.asyncDispose]());

describe("list", () => {
  it("prints every entry with the short token", async () => {
    expect(await cli.run(["list"])).toBe(0);
    expect(cli.printed).toEqual([
      "one  Executor=docker Token=one123456 URL=https://one.test/",
      "two  Executor=docker Token=two123456 URL=https://two.test/",
      "old  Executor=shell Token=old123456 URL=https://old.test/",
    ]);
  });

  it("prints whole tokens only when asked to", async () => {
    await cli.run(["list", "--show-tokens"]);
    expect(cli.printed[0]).toContain("Token=glrt-one12345678 ");
  });

  it("says so when there is no file", async () => {
    const missing = path.join(cli.directory, "none.toml");
    await expect(cli.run(["list", "-c", missing])).rejects.toMatchObject({ code: "CONFIG_MISSING", exitCode: 2 });
  });
});

describe("verify", () => {
  it("is content when every token is valid", async () => {
    expect(await cli.run(["verify"])).toBe(0);
    expect(cli.printed).toEqual([
      '"one" (one123456) is valid',
      '"two" (two123456) is valid',
      '"old" (old123456) is valid',
    ]);
    expect(await cli.config()).toBe(config);
  });

  it("fails for a refused token and changes nothing", async () => {
    cli.coordinator.runners.delete("two12345678");
    await expect(cli.run(["verify"])).rejects.toMatchObject({ code: "TOKEN_REFUSED", exitCode: 1 });
    expect(cli.printed[1]).toMatch(/"two".*refused by https:\/\/two\.test/);
    expect(await cli.config()).toBe(config);
  });

  it("removes refused entries with --delete, and only those", async () => {
    cli.coordinator.runners.clear();
    cli.coordinator.runners.set("two12345678", 2);
    expect(await cli.run(["verify", "--delete"])).toBe(0);
    expect(await cli.config()).toBe(`# about one\n\n${entry("two", "two12345678", 2)}# about old\n`);
  });

  it("takes a runner whose coordinator is down for alive", async () => {
    cli.coordinator.unreachable.add("https://one.test/");
    expect(await cli.run(["verify", "--delete"])).toBe(0);
    expect(cli.said.join()).toMatch(/"one".*connection refused/);
    expect(await cli.config()).toBe(config);
  });

  it("looks only at what fits all selectors, and fails when nothing does", async () => {
    await cli.run(["verify", "--name", "two", "--url", "https://two.test"]);
    expect(cli.printed).toHaveLength(1);
    await expect(cli.run(["verify", "--name", "two", "--url", "https://one.test"])).rejects.toMatchObject({
      code: "RUNNER_NOT_FOUND",
      exitCode: 2,
    });
  });

  it("is not narrowed by variables meant for register", async () => {
    await cli.run(["verify"], { env: { CI_SERVER_TOKEN: "glrt-else", CI_SERVER_URL: "https://else.test" } });
    expect(cli.printed).toHaveLength(3);
  });
});

describe("unregister", () => {
  it("lets the manager of a glrt- runner go, and the entry", async () => {
    await cli.run(["verify"]);
    expect(await cli.run(["unregister", "--name", "one"])).toBe(0);
    expect(cli.coordinator.managers.join()).not.toContain("glrt-one");
    expect(cli.coordinator.runners.has("glrt-one12345678")).toBe(true);
    expect(await cli.config()).toBe(
      `# about one\n\n${entry("two", "two12345678", 2)}${entry("old", "old12345678", 3, "shell")}`,
    );
  });

  it("lets other runners go altogether", async () => {
    await cli.run(["unregister", "--token", "two12345678"]);
    expect([...cli.coordinator.runners.values()]).toEqual([1, 3]);
    expect(await cli.config()).not.toContain("two12345678");
  });

  it("keeps the entry when the coordinator refuses", async () => {
    cli.coordinator.runners.delete("two12345678");
    await expect(cli.run(["unregister", "-n", "two"])).rejects.toThrow(/"two" is still registered/);
    expect(await cli.config()).toBe(config);
  });

  it("goes on over failures with --all-runners, and keeps what failed", async () => {
    cli.coordinator.unreachable.add("https://two.test/");
    await cli.run(["verify", "--name", "one"]);
    expect(await cli.run(["unregister", "--all-runners"])).toBe(1);
    expect(await cli.config()).toBe(`# about one\n\n${entry("two", "two12345678", 2)}# about old\n`);
  });

  it("wants to know which runner, and not to guess", async () => {
    await expect(cli.run(["unregister"])).rejects.toMatchObject({ code: "USAGE_SELECTOR", exitCode: 2 });
    await writeFile(cli.file, entry("same", "a") + entry("same", "b"));
    await expect(cli.run(["unregister", "-n", "same"])).rejects.toThrow(/2 runners have the name/);
  });
});

describe("reset-token", () => {
  const stored =
    '  token = "two12345678-new"\n  token_obtained_at = 2026-01-02T03:04:05Z\n  token_expires_at = 2027-01-01T00:00:00Z\n';

  it("stores the new token in place and leaves everything else alone", async () => {
    expect(await cli.run(["reset-token", "--name", "two"])).toBe(0);
    expect(await cli.config()).toBe(config.replace('  token = "two12345678"\n', stored));
    expect(cli.said.join()).not.toContain("two12345678");
  });

  it("finds a runner by coordinator and id, and can use a personal access token", async () => {
    await cli.run(["reset-token", "--url", "https://two.test", "--id", "2", "--pat", "glpat-good"]);
    expect(await cli.config()).toContain(stored);
  });

  it("resets every token with --all-runners, and stores those it got", async () => {
    cli.coordinator.runners.delete("glrt-one12345678");
    expect(await cli.run(["reset-token", "--all-runners"])).toBe(1);
    expect(await cli.config()).toContain('"glrt-one12345678"');
    expect(await cli.config()).toContain('"old12345678-new"');
    expect(await cli.config()).toContain(stored);
  });

  it.each([
    [["-n", "two", "--pat", "bad"], "TOKEN_REFUSED"],
    [["-n", "nobody"], "RUNNER_NOT_FOUND"],
    [["--id", "seven"], "USAGE_FLAG"],
    [[], "USAGE_SELECTOR"],
  ])("changes nothing for %j", async (flags, code) => {
    await expect(cli.run(["reset-token", ...flags])).rejects.toMatchObject({ code });
    expect(await cli.config()).toBe(config);
  });

  it("needs the runner's id for a personal access token", async () => {
    await writeFile(cli.file, entry("one", "glrt-one12345678"));
    await expect(cli.run(["reset-token", "-n", "one", "--pat", "glpat-good"])).rejects.toMatchObject({
      code: "USAGE_PAT",
    });
  });
});
