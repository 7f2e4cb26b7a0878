import { createServer, request, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { authority } from "./certificates.ts";
import { inTurn, startServer } from "./scripted-server.ts";
import { tempDir } from "./temp-dir.ts";
import { never, noTls, testClient } from "./test-client.ts";

const basic = `Basic ${Buffer.from("user:pass").toString("base64")}`;

/** Sends every request and every tunnel to 127.0.0.1:port, whatever name was asked for: the names below exist nowhere. */
async function startProxy(port: number): Promise<AsyncDisposable & { url: string; seen: string[]; server: Server }> {
  const seen: string[] = [];
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((incoming, response) => {
    seen.push(`${incoming.method} ${incoming.url} ${incoming.headers["proxy-authorization"]}`);
    const path = new URL(incoming.url ?? "").pathname;
    const onward = request({ port, host: "127.0.0.1", path, method: incoming.method, headers: incoming.headers });
    onward.once("response", (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  });
  server.on("connect", (incoming, client) => {
    seen.push(`CONNECT ${incoming.url} ${incoming.headers["proxy-authorization"]}`);
    sockets.add(client);
    client.on("error", () => {});
    if (incoming.url?.startsWith("closed."))
      return void client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const onward = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.pipe(client).pipe(onward);
    });
    sockets.add(onward);
    onward.on("error", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    seen,
    server,
    url: `http://user:pass@127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

it("a plain call goes through HTTP_PROXY in absolute form, with the proxy's password", async () => {
  await using server = await startServer(inTurn({ status: 204 }));
  await using proxy = await startProxy(server.port);
  const client = testClient("http://gitlab.invalid/sub", { proxies: { HTTP_PROXY: proxy.url } });
  expect(await client.requestJob(true, never)).toMatchObject({ kind: "none" });
  expect(proxy.seen).toEqual([`POST http://gitlab.invalid/sub/api/v4/jobs/request ${basic}`]);
});

it("an encrypted call goes through a tunnel of HTTPS_PROXY, once for several calls, and is checked against its own host", async () => {
  await using dir = await tempDir();
  const ca = await authority();
  const tls = await ca.issue({ names: ["gitlab.invalid"] });
  await using server = await startServer(inTurn({ status: 204 }), { tls });
  await using proxy = await startProxy(server.port);
  const shared = {
    proxies: { https_proxy: proxy.url, http_proxy: "http://127.0.0.1:1" },
    tls: { ...noTls, caFile: await dir.write("ca.crt", ca.cert) },
  };
  const client = testClient("https://gitlab.invalid", shared);
  expect(await client.requestJob(true, never)).toMatchObject({ kind: "none" });
  expect(await client.requestJob(true, never)).toMatchObject({ kind: "none" });
  expect(proxy.seen).toEqual([`CONNECT gitlab.invalid:443 ${basic}`]);
  const wrong = await testClient("https://elsewhere.invalid", shared).requestJob(true, never);
  expect(wrong).toMatchObject({ reason: expect.stringContaining("not valid for elsewhere.invalid") as string });
});

it("a refused tunnel is a failure with the proxy's own words and without its password", async () => {
  await using server = await startServer(inTurn({ status: 204 }));
  await using proxy = await startProxy(server.port);
  const client = testClient("https://closed.invalid", { proxies: { HTTPS_PROXY: proxy.url } });
  const answer = await client.requestJob(true, never);
  expect(answer).toMatchObject({
    kind: "failed",
    reason: expect.stringContaining("407 Proxy Authentication Required") as string,
  });
  expect(JSON.stringify(answer)).not.toContain("pass@");
});

it("a proxy that is down is named as the one that is down", async () => {
  const client = testClient("http://gitlab.invalid", { proxies: { HTTP_PROXY: "http://127.0.0.1:1" } });
  const reason = "connection refused by gitlab.invalid through the proxy 127.0.0.1:1";
  expect(await client.requestJob(true, never)).toMatchObject({ kind: "failed", reason });
});

it("NO_PROXY leads past it", async () => {
  const client = testClient("http://gitlab.invalid", {
    proxies: { HTTP_PROXY: "http://127.0.0.1:1", NO_PROXY: ".invalid" },
  });
  expect(await client.requestJob(true, never)).toMatchObject({
    reason: expect.stringContaining("gitlab.invalid") as string,
  });
  expect(await client.requestJob(true, never)).not.toMatchObject({
    reason: expect.stringContaining("proxy") as string,
  });
});
