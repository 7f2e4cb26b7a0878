import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { mkdir, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DaemonCertificates, issueDaemonCertificates } from "../../src/daemon/certificates.ts";
import { scriptJob, startTestCoordinator } from "../support/coordinator.ts";
import type { BadInput, Servers } from "./bad-input/bad-input.ts";
import { CommandHome } from "./bad-input/command.ts";
import { refused } from "./bad-input/coordinators.ts";
import { badConfigs, badUsage } from "./bad-input/usage.ts";

let servers: Servers;
let strangers: DaemonCertificates;
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
  strangers = await issueDaemonCertificates([], Date.now(), 3_600_000);
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

async function check(input: BadInput): Promise<void> {
  await using home = await CommandHome.create();
  if (input.config) {
    await mkdir(path.dirname(home.config));
    await writeFile(home.config, input.config(servers));
    await writeFile(path.join(path.dirname(home.config), ".runner_system_id"), "s_0123456789ab");
  }
  for (const [name, content] of Object.entries(input.files ?? {})) {
    await writeFile(path.join(home.directory, name), content);
  }
  const before = await home.contents();
  const { exit, stdout, stderr } = await home.run(input.args(servers), input.env);

  expect(stderr).toMatch(input.says);
  expect(stderr).toMatch(input.fix);
  expect(exit).toBe(input.exit);
  expect(stderr.match(/^(?:ERROR|error): /gm)).toHaveLength(1);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr + stdout).not.toContain(servers.runnerToken);
  expect(await home.contents()).toEqual(before);
  expect(servers.coordinator.runners()).toHaveLength(1);
}

describe.each([
  ["a wrong command line", badUsage],
  ["a wrong configuration", badConfigs],
  ["a coordinator that refuses", refused],
] as const)("%s", (_, inputs) => {
  it.concurrent.each(inputs)("gives one error with a fix and writes nothing: $name", check);
});

describe("a daemon that can't be used", () => {
  const tls = (address: string, certificates: string) => [
    "--docker-host",
    address.replace("https://", "tcp://"),
    "--docker-tlsverify",
    "--docker-cert-path",
    certificates,
  ];

  it.each([
    [
      "isn't there",
      () => ["--docker-host", "tcp://127.0.0.1:1"],
      /ECONNREFUSED 127\.0\.0\.1:1/,
      /check that it runs, and `host`/,
    ],
    ["has a certificate of another CA", () => tls(servers.untrusted, "certs"), /certificate/, /`tls_cert_path`/],
    [
      "needs certificates that aren't there",
      () => tls(servers.untrusted, "none"),
      /none\/ca\.pem/,
      /ca\.pem, cert\.pem and key\.pem/,
    ],
  ])("is found out before a job is taken, with cause and fix, when it %s", async (_, flags, says, fix) => {
    await using home = await CommandHome.create();
    await mkdir(path.join(home.directory, "certs"));
    for (const [name, pem] of Object.entries(strangers.client)) {
      await writeFile(path.join(home.directory, "certs", `${name}.pem`), pem);
    }
    const { coordinator, runnerToken } = servers;
    const job = await coordinator.addJob(scriptJob({ script: ["true"], image: "unused" }), { tags: ["test"] });
    const before = await home.contents();
    const runner = ["--url", coordinator.url, "--token", runnerToken, "--max-builds", "1", "--wait-timeout", "30"];
    const { exit, stderr } = await home.run(["run-single", ...runner, ...flags()]);
    expect(exit).not.toBe(0);
    expect(stderr.match(/^ERROR: /gm)).toHaveLength(1);
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(fix);
    expect(await home.contents()).toEqual(before);
    expect(job.state).toBe("pending");
  });
});
