import { beforeAll, describe, expect, it } from "vitest";
import { authority, type Authority, type Pair } from "./certificates.ts";
import { inTurn, json, startServer } from "./scripted-server.ts";
import { tempDir } from "./temp-dir.ts";
import { never, noTls, testClient } from "./test-client.ts";

const job = { id: 1, token: "t", job_info: {}, git_info: {} };
let ca: Authority;
let other: Authority;
let leaf: Pair;

beforeAll(async () => {
  [ca, other] = await Promise.all([authority(), authority("Other CA")]);
  leaf = await ca.issue();
});

const ask = (url: string, tls = noTls) => testClient(url, { tls }).requestJob(true, never);
const failed = (reason: string) => ({
  kind: "failed",
  status: null,
  reason: expect.stringContaining(reason) as string,
});

describe("trust", () => {
  it("in a tls-ca-file lets the call through", async () => {
    await using dir = await tempDir();
    await using server = await startServer(inTurn({ status: 204 }), { tls: leaf });
    expect(await ask(server.url, { ...noTls, caFile: await dir.write("ca.crt", ca.cert) })).toMatchObject({
      kind: "none",
    });
  });

  it("is missing without one, and the reason is the sentence that people search for", async () => {
    await using server = await startServer(inTurn({ status: 204 }), { tls: leaf });
    expect(await ask(server.url)).toMatchObject(failed("x509: certificate signed by unknown authority"));
    expect(server.seen).toHaveLength(0);
  });

  it("is missing when the file is of another authority", async () => {
    await using dir = await tempDir();
    await using server = await startServer(inTurn({ status: 204 }), { tls: leaf });
    const caFile = await dir.write("ca.crt", other.cert);
    expect(await ask(server.url, { ...noTls, caFile })).toMatchObject(failed("signed by unknown authority"));
  });

  it.each([
    [
      "for another host",
      { names: ["gitlab.example.com"] },
      "certificate is not valid for 127.0.0.1; it is for DNS:gitlab.example.com",
    ],
    ["that has expired", { fromDays: -2, toDays: -1 }, "has expired by this machine's clock"],
    ["that is not yet valid", { fromDays: 1, toDays: 2 }, "is not yet valid by this machine's clock"],
  ])("is missing in a certificate %s", async (_what, options, reason) => {
    await using dir = await tempDir();
    await using server = await startServer(inTurn({ status: 204 }), { tls: await ca.issue(options) });
    const caFile = await dir.write("ca.crt", ca.cert);
    expect(await ask(server.url, { ...noTls, caFile })).toMatchObject(failed(reason));
  });
});

describe("the certificate directory", () => {
  it("is looked into by host name, for the authority and the client's pair", async () => {
    await using dir = await tempDir();
    const client = await ca.issue();
    const tls = { ...leaf, ca: ca.cert, requestCert: true, rejectUnauthorized: true };
    await using server = await startServer(inTurn({ status: 204 }), { tls });
    await dir.write("127.0.0.1.crt", ca.cert);
    await dir.write("127.0.0.1.auth.crt", client.cert);
    await dir.write("127.0.0.1.auth.key", client.key);
    expect(await ask(server.url, { ...noTls, certsDir: dir.path })).toMatchObject({ kind: "none" });
  });

  it("gives way to what is configured", async () => {
    await using dir = await tempDir();
    await using server = await startServer(inTurn({ status: 204 }), { tls: leaf });
    await dir.write("127.0.0.1.crt", other.cert);
    const caFile = await dir.write("configured.crt", ca.cert);
    expect(await ask(server.url, { ...noTls, caFile, certsDir: dir.path })).toMatchObject({ kind: "none" });
  });
});

it("a server that asks for a client certificate is answered with the configured one, or named as the reason", async () => {
  await using dir = await tempDir();
  const tls = { ...leaf, ca: ca.cert, requestCert: true, rejectUnauthorized: true };
  await using server = await startServer(inTurn({ status: 204 }), { tls });
  const client = await ca.issue();
  const caFile = await dir.write("ca.crt", ca.cert);
  expect(await ask(server.url, { ...noTls, caFile })).toMatchObject(failed("client certificate"));
  const certFile = await dir.write("client.crt", client.cert);
  const keyFile = await dir.write("client.key", client.key);
  expect(await ask(server.url, { ...noTls, caFile, certFile, keyFile })).toMatchObject({ kind: "none" });
});

describe("files", () => {
  it("are read again when they change", async () => {
    await using dir = await tempDir();
    await using server = await startServer(inTurn({ status: 204 }), { tls: leaf });
    const caFile = await dir.write("ca.crt", other.cert);
    const client = testClient(server.url, { tls: { ...noTls, caFile } });
    expect(await client.requestJob(true, never)).toMatchObject(failed("unknown authority"));
    await dir.write("ca.crt", ca.cert);
    expect(await client.requestJob(true, never)).toMatchObject({ kind: "none" });
  });

  it("that are missing are an error at the first call, and no longer once they are there", async () => {
    await using dir = await tempDir();
    await using server = await startServer(inTurn({ status: 204 }), { tls: leaf });
    const client = testClient(server.url, { tls: { ...noTls, caFile: `${dir.path}/ca.crt` } });
    expect(await client.requestJob(true, never)).toMatchObject(failed(`tls-ca-file ${dir.path}/ca.crt does not exist`));
    await dir.write("ca.crt", ca.cert);
    expect(await client.requestJob(true, never)).toMatchObject({ kind: "none" });
  });

  it.each([
    ["an authority's file that holds no certificate", "caFile", "no PEM certificate"],
    ["a client certificate that is none", "certFile", "cannot be used"],
  ])("with %s are an error that says so", async (_what, key, reason) => {
    await using dir = await tempDir();
    await using server = await startServer(inTurn({ status: 204 }), { tls: leaf });
    const keyFile = await dir.write("client.key", leaf.key);
    const tls = { ...noTls, keyFile, [key]: await dir.write("bad", "nonsense") };
    expect(await ask(server.url, tls)).toMatchObject(failed(reason));
  });
});

describe("what a job gets to know of the connection", () => {
  it("is the configured authority's file rather than the server's own chain", async () => {
    await using dir = await tempDir();
    const between = await ca.intermediate();
    const pair = await between.issue();
    const tls = { key: pair.key, cert: pair.cert + between.cert };
    await using server = await startServer(inTurn(json(201, job)), { tls });
    const answer = await ask(server.url, { ...noTls, caFile: await dir.write("ca.crt", ca.cert) });
    expect(answer.kind === "job" && answer.tls.caChain).toBe(ca.cert);
  });

  it("is the client's pair where one is configured", async () => {
    await using dir = await tempDir();
    await using server = await startServer(inTurn(json(201, job)), { tls: leaf });
    const client = await ca.issue();
    const caFile = await dir.write("ca.crt", ca.cert);
    const certFile = await dir.write("c.crt", client.cert);
    const keyFile = await dir.write("c.key", client.key);
    const answer = await ask(server.url, { caFile, certFile, keyFile, certsDir: "" });
    expect(answer.kind === "job" && answer.tls).toEqual({ caChain: ca.cert, cert: client.cert, key: client.key });
  });
});
