import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { issueDaemonCertificates } from "../../src/daemon/certificates.ts";
import { startTestCoordinator } from "../support/coordinator.ts";
import type { BadInput, Servers } from "./bad-input/bad-input.ts";
import { refused } from "./bad-input/coordinators.ts";
import { badConfigs, badUsage } from "./bad-input/usage.ts";

const cli = path.join(import.meta.dirname, "../../src/cli.ts");

let servers: Servers;
const closers: (() => Promise<unknown>)[] = [];

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  const coordinator = await startTestCoordinator();
  closers.push(() => coordinator.close());
  const { server } = await issueDaemonCertificates([], Date.now(), 3_600_000);
  const untrusted = await listen(createTlsServer({ cert: server.cert, key: server.key }));
  const website = await listen(
    createServer((_request, response) =>
      response.writeHead(404, { "content-type": "text/html" }).end("<h1>Not here</h1>"),
    ),
  );
  servers = {
    coordinator,
    runnerToken: coordinator.runner.token,
    registrationToken: coordinator.registrationToken,
    nobody: "http://127.0.0.1:1",
    untrusted: `https://localhost:${untrusted}`,
    website: `http://127.0.0.1:${website}`,
  };
});
afterAll(() => Promise.all(closers.map((close) => close())));

/** Every file below, with its text. */
async function contentsOf(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  return Object.fromEntries(files.map((file, i) => [path.relative(directory, file), texts[i] ?? ""]));
}

interface Outcome {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** In a home and working directory of its own, without the variables of the machine. */
async function run(args: readonly string[], home: string, env: Readonly<Record<string, string>>): Promise<Outcome> {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: home,
    env: { PATH: process.env["PATH"], HOME: home, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  const exited = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [exit, stdout, stderr] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
  return { exit, stdout, stderr };
}

async function check(input: BadInput): Promise<void> {
  const home = await mkdtemp(path.join(tmpdir(), "longshore-bad-input-"));
  try {
    const config = path.join(home, "config", "config.toml");
    if (input.config) {
      await mkdir(path.dirname(config));
      await writeFile(config, input.config(servers));
      await writeFile(path.join(home, "config", ".runner_system_id"), "s_0123456789ab");
    }
    for (const [name, content] of Object.entries(input.files ?? {})) await writeFile(path.join(home, name), content);
    const before = await contentsOf(home);
    const outcome = await run(input.args(servers), home, { CONFIG_FILE: config, ...input.env });

    expect(outcome.stderr).toMatch(input.says);
    expect(outcome.stderr).toMatch(input.fix);
    expect(outcome.exit).toBe(input.exit);
    expect(outcome.stderr.match(/^(?:ERROR|error): /gm)).toHaveLength(1);
    expect(outcome.stderr).not.toMatch(/^\s+at /m);
    expect(outcome.stderr + outcome.stdout).not.toContain(servers.runnerToken);
    expect(await contentsOf(home)).toEqual(before);
    expect(servers.coordinator.runners()).toHaveLength(1);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

describe.each([
  ["a wrong command line", badUsage],
  ["a wrong configuration", badConfigs],
  ["a coordinator that refuses", refused],
] as const)("%s", (_, inputs) => {
  it.each(inputs)("gives one error with a fix and writes nothing: $name", check);
});
