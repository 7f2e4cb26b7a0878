import { once } from "node:events";
import { createServer as createPlain } from "node:http";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { createServer as createTls } from "node:tls";
import { describe, expect, it } from "vitest";
import { issueDaemonCertificates } from "../../../src/daemon/certificates.ts";
import { awaitTlsAnswer } from "../../../src/docker/ping.ts";

async function answerOf(server: Server, signal = AbortSignal.timeout(5_000)): Promise<string> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  const connection = connect((server.address() as AddressInfo).port, "127.0.0.1");
  connection.on("error", () => {});
  try {
    await awaitTlsAnswer(connection, signal);
    return "answers";
  } catch (error) {
    return (error as Error).message;
  } finally {
    connection.destroy();
    server.close();
  }
}

describe("a TLS answer", () => {
  it("comes from a daemon that asks for a certificate which nobody has", async () => {
    const { server } = await issueDaemonCertificates(["docker"], Date.now(), 60_000);
    const { ca, cert, key } = server;
    expect(await answerOf(createTls({ ca, cert, key, requestCert: true, rejectUnauthorized: true }))).toBe("answers");
    const old = { ca, cert, key, requestCert: true, rejectUnauthorized: true, maxVersion: "TLSv1.2" } as const;
    expect(await answerOf(createTls(old))).toBe("answers");
  });

  it("doesn't come from one that takes the connection and is silent, or closes it, or speaks HTTP", async () => {
    const limit = new AbortController();
    const silent = createServer(() => limit.abort(new Error("long enough")));
    expect(await answerOf(silent, limit.signal)).toBe("long enough");
    expect(await answerOf(createServer((socket) => socket.end()))).not.toBe("answers");
    expect(await answerOf(createPlain())).not.toBe("answers");
  });
});
