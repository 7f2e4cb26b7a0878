import { createServer, type Server } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Daemons } from "../../../src/daemon/daemons.ts";

const signal = new AbortController().signal;
const settings = () => ({ host: `unix://${join(directory, "docker.sock")}`, tls_verify: false, tls_cert_path: "" });
let directory: string;
let server: Server;
let told = { version: "20.10.24", mirrors: ["https://old.test/"], isWell: true };
let asked: string[];

/** A Docker daemon that says who it is. */
beforeEach(async () => {
  told = { version: "20.10.24", mirrors: ["https://old.test/"], isWell: true };
  asked = [];
  directory = await mkdtemp(join(tmpdir(), "daemons-"));
  server = createServer((request, response) => {
    const path = (request.url ?? "").replace(/^\/v[\d.]+/, "").replace(/\?.*$/, "");
    asked.push(path);
    response.statusCode = told.isWell ? 200 : 500;
    response.setHeader("content-type", "application/json");
    const answers: Readonly<Record<string, object>> = {
      "/info": { Name: "elsewhere", RegistryConfig: { Mirrors: told.mirrors } },
      "/version": { Version: told.version },
      "/networks/bridge": { IPAM: { Config: [{ Gateway: "172.17.0.1" }] } },
    };
    response.end(JSON.stringify(answers[path] ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(join(directory, "docker.sock"), resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});

const timesAsked = () => asked.filter((path) => path === "/version").length;

it("what a daemon told is kept, and read anew when it is old, without a wait", async () => {
  let now = 0;
  const daemons = new Daemons(() => null, signal, { monotonic: () => now });
  const daemon = await daemons.get(settings(), signal);
  told = { ...told, version: "29.0.0", mirrors: [] };
  now = 600_000;
  expect(await daemons.get(settings(), signal)).toBe(daemon);
  expect([timesAsked(), daemon.facts.serverVersion]).toEqual([1, "20.10.24"]);
  now = 600_001;
  expect(await daemons.get(settings(), signal)).toBe(daemon);
  expect(daemon.facts.serverVersion).toBe("20.10.24");
  await vi.waitFor(() => expect(daemon.facts).toMatchObject({ serverVersion: "29.0.0", registryMirrors: [] }));
  await daemons.get(settings(), signal);
  expect(timesAsked()).toBe(2);
});

it("one that doesn't answer then is connected to anew", async () => {
  let now = 0;
  const daemons = new Daemons(() => null, signal, { monotonic: () => now });
  const daemon = await daemons.get(settings(), signal);
  now = 600_001;
  told = { ...told, isWell: false };
  await daemons.get(settings(), signal);
  await vi.waitFor(async () => {
    told = { ...told, isWell: timesAsked() > 1 };
    expect(await daemons.get(settings(), signal)).not.toBe(daemon);
  });
});
