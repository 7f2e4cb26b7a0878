import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type MetricsPages, type MetricsServer, startMetricsServer } from "../../src/metrics-server.ts";

let server: MetricsServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

const pages: MetricsPages = { metrics: () => Promise.resolve("gitlab_runner_jobs 0\n"), jobs: () => "url=x\n" };
async function start(own: Partial<MetricsPages> = {}): Promise<string> {
  server = await startMetricsServer("127.0.0.1:0", { ...pages, ...own });
  return `http://${server.address}`;
}

describe("the metrics server", () => {
  test("shows metrics in Prometheus' format", async () => {
    const answer = await fetch(`${await start()}/metrics?name[]=x`);
    expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
      "gitlab_runner_jobs 0\n",
    ]);
  });

  test("lists jobs in GitLab Runner's version 2 of the list", async () => {
    const answer = await fetch(`${await start()}/debug/jobs/list`);
    expect([answer.status, answer.headers.get("x-list-version"), await answer.text()]).toEqual([200, "2", "url=x\n"]);
  });

  test("answers a HEAD without a body", async () => {
    const answer = await fetch(`${await start()}/metrics`, { method: "HEAD" });
    expect([answer.status, await answer.text()]).toEqual([200, ""]);
  });

  test.each([
    ["GET", "/health/ready", 200],
    ["GET", "/", 404],
    ["GET", "/metrics/", 404],
    ["POST", "/metrics", 405],
    ["DELETE", "/nowhere", 405],
  ])("answers %s %s with %d", async (method, path, status) => {
    expect((await fetch((await start()) + path, { method })).status).toBe(status);
  });

  test.each([
    ["/metrics", { metrics: () => Promise.reject(new Error("no metrics")) }],
    [
      "/metrics",
      {
        metrics: () => {
          throw new Error("no metrics");
        },
      },
    ],
    [
      "/debug/jobs/list",
      {
        jobs: () => {
          throw new Error("no metrics");
        },
      },
    ],
  ])("survives a page %s that can't be made", async (path, own) => {
    const url = await start(own);
    const answer = await fetch(url + path);
    expect([answer.status, await answer.text()]).toEqual([500, "no metrics\n"]);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  });

  test("says which address it can't have", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(startMetricsServer(`127.0.0.1:${port}`, pages)).rejects.toMatchObject({
      code: "METRICS_PORT",
      message: expect.stringContaining(`127.0.0.1:${port}`) as string,
      exitCode: 2,
    });
    taken.close();
  });

  test.each(["nowhere:port", "1:2:3", "127.0.0.1:99999", "[::1", "http://127.0.0.1:9252", "::1", "a b:1x"])(
    "refuses the address %j",
    async (address) => {
      await expect(startMetricsServer(address, pages)).rejects.toMatchObject({ code: "LISTEN_ADDRESS", exitCode: 2 });
    },
  );

  test.each([
    [":0", /^(?:\[::\]|0\.0\.0\.0):\d+$/],
    ["localhost:0", /^(?:127\.0\.0\.1|\[::1\]):\d+$/],
  ])("listens on %j", async (address, expected) => {
    server = await startMetricsServer(address, pages);
    expect(server.address).toMatch(expected);
  });

  test("closes under a client that still waits for its answer", async () => {
    const asked = Promise.withResolvers<void>();
    const url = await start({
      metrics: () => {
        asked.resolve();
        return new Promise(() => {});
      },
    });
    const answer = fetch(`${url}/metrics`).catch((error: unknown) => (error as Error).message);
    await asked.promise;
    await server?.close();
    server = null;
    expect(await answer).toBe("fetch failed");
  });
});
