import { mkdirSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "toml";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandLine } from "./command-line.ts";

const url = ["--url", "https://ci.test"];
const needed = [...url, "--docker-image", "debian:bookworm"];
const created = ["register", "-n", ...needed, "--token", "glrt-topsecret123"];
const legacy = ["register", "-n", ...needed, "-r", "reg-topsecret"];

let cli: CommandLine;
beforeEach(async () => {
  cli = await CommandLine.create();
  cli.coordinator.runners.set("glrt-topsecret123", 7);
  cli.coordinator.registrationTokens.add("reg-topsecret");
});
afterEach(() => cli[Symbol.asyncDispose]());

interface Config {
  readonly runners: readonly Record<string, unknown>[];
}
const lastEntry = async () => ((await parse((await cli.config()) ?? "")) as Config).runners.at(-1);
const filesIn = (directory: string) => readdir(directory, { recursive: true });

describe("register with an authentication token", () => {
  it("verifies the token and writes an entry in GitLab Runner's order", async () => {
    expect(await cli.run(created)).toBe(0);
    expect(await cli.config()).toBe(
      [
        "concurrent = 1",
        "",
        "[[runners]]",
        '  name = "build-host"',
        '  url = "https://ci.test"',
        "  id = 7",
        '  token = "glrt-topsecret123"',
        "  token_obtained_at = 2026-01-02T03:04:05Z",
        "  token_expires_at = 0001-01-01T00:00:00Z",
        '  executor = "docker"',
        "  [runners.docker]",
        '    image = "debian:bookworm"',
        '    volumes = ["/cache"]',
        "",
      ].join("\n"),
    );
    expect(cli.coordinator.managers).toHaveLength(1);
    expect(cli.said.join("\n")).not.toContain("topsecret123");
  });

  it("keeps what is in the file, and adds to it", async () => {
    await cli.run(created);
    const before = await cli.config();
    await cli.run([...created, "--name", "second", "--limit", "3"]);
    expect((await cli.config())?.startsWith(before ?? "?")).toBe(true);
    expect(await lastEntry()).toMatchObject({ name: "second", limit: 3 });
    expect(cli.said).toEqual(
      expect.arrayContaining([expect.stringContaining("in the file already"), expect.stringContaining("limit = 3")]),
    );
  });

  it("accepts it as registration token, and leaves attributes out with a warning", async () => {
    const args = ["register", "-n", ...needed, "-r", "glrt-topsecret123", "--tag-list", "a,b"];
    expect(await cli.run(args)).toBe(0);
    expect(cli.said[0]).toMatch(/--tag-list ignored/);
    expect(cli.coordinator.registered).toEqual([]);
  });

  it.each([["--tag-list", "a"], ["--locked=false"], ["--run-untagged"], ["--paused"], ["--maximum-timeout", "600"]])(
    "refuses what the coordinator keeps: %s",
    async (...flags) => {
      await expect(cli.run([...created, ...flags])).rejects.toMatchObject({ code: "REGISTER_ATTRIBUTES", exitCode: 2 });
    },
  );

  it("passes over attributes that say nothing", async () => {
    expect(await cli.run([...created, "--locked=true", "--paused=false", "--tag-list", ""])).toBe(0);
  });
});

describe("register with a registration token", () => {
  it("exchanges it and stores what it gets", async () => {
    await cli.run([...legacy, "--tag-list", "a,b", "--locked=false", "--maximum-timeout=600", "--description", "mine"]);
    expect(cli.coordinator.registered).toEqual([
      {
        description: "mine",
        maintenanceNote: "",
        tagList: "a,b",
        runUntagged: false,
        locked: false,
        accessLevel: "",
        maximumTimeout: 600,
        paused: false,
      },
    ]);
    expect(await lastEntry()).toMatchObject({ name: "mine", token: "made-token-1", id: 1 });
    expect(await cli.config()).not.toContain("reg-topsecret");
  });

  it("takes untagged jobs when it has no tags", async () => {
    await cli.run(legacy);
    expect(cli.coordinator.registered[0]).toMatchObject({ runUntagged: true, locked: true });
  });
});

describe("register when something is wrong", () => {
  it.each([
    ["a token that is refused", ["--token", "glrt-other"], "TOKEN_REFUSED"],
    ["a registration token that is refused", ["--token", "", "-r", "other"], "TOKEN_REFUSED"],
    ["a coordinator that can't be reached", ["--url", "https://down.test"], "COORDINATOR_UNREACHABLE"],
    ["a URL without scheme", ["--url", "ci.test"], "CONFIG_URL"],
    ["an executor that isn't ours", ["--executor", "shell"], "CONFIG_EXECUTOR"],
    ["a shell that isn't ours", ["--shell", "pwsh"], "CONFIG_SHELL"],
    ["a pull policy that doesn't exist", ["--docker-pull-policy", "sometimes"], "CONFIG_VALUE"],
    ["a wiring that doesn't exist", ["--docker-daemon-wiring", "podman"], "CONFIG_WIRING"],
    ["a daemon's key without wiring", ["--docker-daemon-image", "x"], "CONFIG_WIRING"],
    ["a boolean that is none", ["--docker-privileged=maybe"], "USAGE_FLAG"],
    ["a number that is none", ["--limit", "many"], "USAGE_FLAG"],
    ["a timeout that is too short", ["--maximum-timeout", "60"], "USAGE_FLAG"],
    ["an access level that doesn't exist", ["--access-level", "all"], "USAGE_FLAG"],
    ["a template that isn't there", ["--template-config", "/does/not/exist.toml"], "TEMPLATE"],
  ])("writes nothing for %s", async (_, flags, code) => {
    cli.coordinator.unreachable.add("https://down.test");
    await expect(cli.run([...created, ...flags])).rejects.toMatchObject({ code });
    expect(await filesIn(cli.directory)).toEqual([]);
    expect(cli.coordinator.managers).toEqual([]);
  });

  it("names the flag that a value was given with", async () => {
    const message = /^--docker-pull-policy: found \["sometimes"\], expected one of "always"/;
    await expect(cli.run([...created, "--docker-pull-policy", "sometimes"])).rejects.toThrow(message);
    await expect(cli.run([...created, "--docker-host", "ssh://h"])).rejects.toThrow(
      /^--docker-host: a daemon over ssh/,
    );
  });

  it("names every flag that is missing", async () => {
    const all = /needs --url \(CI_SERVER_URL\) and --token \(CI_SERVER_TOKEN\) and --docker-image \(DOCKER_IMAGE\)/;
    await expect(cli.run(["register"])).rejects.toThrow(all);
    await expect(cli.run(["register", ...url, "-t", "x"])).rejects.toMatchObject({
      code: "REGISTER_MISSING",
      exitCode: 2,
    });
  });

  it("asks no coordinator when the file is broken", async () => {
    await mkdir(path.dirname(cli.file));
    await writeFile(cli.file, "concurrent =\n");
    await expect(cli.run(created)).rejects.toMatchObject({ code: "CONFIG_SYNTAX" });
    expect(cli.coordinator.options).toEqual([]);
  });

  it.each([
    ["created", created, "managers", "verify"],
    ["registered", legacy, "runners", "register"],
  ] as const)("takes a %s runner back when the file can't be written", async (_, args, where, call) => {
    if (where === "runners") cli.coordinator.runners.clear();
    let before = 0;
    cli.coordinator.afterCall = (ended) => {
      if (ended !== call) return;
      before = [...cli.coordinator[where]].length;
      mkdirSync(cli.file, { recursive: true });
    };
    await expect(cli.run(args)).rejects.toMatchObject({ code: "CONFIG_UNREADABLE", exitCode: 2 });
    expect({ before, after: [...cli.coordinator[where]] }).toEqual({ before: 1, after: [] });
  });

  it("takes the runner back when it is interrupted, unless told to leave it", async () => {
    const interrupted = async (...flags: string[]) => {
      const controller = new AbortController();
      cli.coordinator.afterCall = (call) => call === "register" && controller.abort(new Error("SIGINT"));
      await expect(cli.run([...legacy, ...flags], { signal: controller.signal })).rejects.toThrow("SIGINT");
      return cli.coordinator.runners.size;
    };
    cli.coordinator.runners.clear();
    expect(await interrupted()).toBe(0);
    expect(cli.said.at(-1)).toMatch(/was unregistered again/);
    expect(await interrupted("--leave-runner")).toBe(1);
    expect(await cli.config()).toBeNull();
  });
});
