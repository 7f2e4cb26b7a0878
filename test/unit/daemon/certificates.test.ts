// The certificate library wants it to be there first.
import "reflect-metadata";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { connect, type ConnectionOptions, createServer, type Server } from "node:tls";
import type { AddressInfo } from "node:net";
import * as x509 from "@peculiar/x509";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DaemonCertificates, issueDaemonCertificates } from "../../../src/daemon/certificates.ts";

const now = Date.now();
const hour = 3_600_000;
let ours: DaemonCertificates;
let others: DaemonCertificates;

beforeAll(async () => {
  ours = await issueDaemonCertificates(["docker", "10.1.2.3"], now, 2 * hour);
  others = await issueDaemonCertificates(["docker"], now, 2 * hour);
});

describe("the certificates of a daemon", () => {
  const read = (pem: string) => new X509Certificate(pem);

  test("are signed by their CA and by no other", () => {
    const ca = read(ours.server.ca);
    for (const { cert, ca: own } of [ours.server, ours.client]) {
      expect(own).toBe(ours.server.ca);
      expect(read(cert).checkIssued(ca)).toBe(true);
      expect(read(cert).verify(ca.publicKey)).toBe(true);
      expect(read(cert).verify(read(others.server.ca).publicKey)).toBe(false);
    }
  });

  test("hold every name asked for, and the loopback", () => {
    const names = read(ours.server.cert).subjectAltName?.split(", ").toSorted();
    expect(names).toEqual([
      "DNS:docker",
      "DNS:localhost",
      "IP Address:0:0:0:0:0:0:0:1",
      "IP Address:10.1.2.3",
      "IP Address:127.0.0.1",
    ]);
    expect(read(ours.client.cert).subjectAltName).toBeUndefined();
  });

  test("can be used for their own side only, and only the CA can sign", () => {
    expect(read(ours.server.cert).keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(read(ours.client.cert).keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
    expect([ours.server.ca, ours.server.cert, ours.client.cert].map((pem) => read(pem).ca)).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("have elliptic keys that fit them and are nobody else's", () => {
    for (const { cert, key } of [ours.server, ours.client]) {
      const privateKey = createPrivateKey(key);
      expect(privateKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
      expect(read(cert).checkPrivateKey(privateKey)).toBe(true);
    }
    const keys = [ours.server.key, ours.client.key, others.server.key, others.client.key];
    expect(new Set(keys).size).toBe(4);
  });

  test("live as long as they were asked to, and a little back for clocks that are late", () => {
    for (const pem of [ours.server.ca, ours.server.cert, ours.client.cert]) {
      const { validFromDate, validToDate } = read(pem);
      expect(Math.abs(validFromDate.getTime() - (now - hour))).toBeLessThan(1000);
      expect(Math.abs(validToDate.getTime() - (now + 2 * hour))).toBeLessThan(1000);
    }
  });

  test("name the CA's key and their own, which strict verifiers want", () => {
    const idOf = (pem: string) => new x509.X509Certificate(pem).getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
    const authorityOf = (pem: string) =>
      new x509.X509Certificate(pem).getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId;
    expect(idOf(ours.server.ca)).toMatch(/^[0-9a-f]{40}$/);
    for (const { cert } of [ours.server, ours.client]) {
      expect(authorityOf(cert)).toBe(idOf(ours.server.ca));
      expect(idOf(cert)).toMatch(/^[0-9a-f]{40}$/);
    }
  });
});

describe("a connection to such a daemon", () => {
  let server: Server;
  let accepted = 0;

  beforeAll(async () => {
    const { ca, cert, key } = ours.server;
    server = createServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true }, (socket) => {
      accepted++;
      socket.end("hello");
    });
    // Refusals are the client's to see.
    server.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => server.close());

  function talk(options: ConnectionOptions): Promise<string> {
    const { port } = server.address() as AddressInfo;
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port, servername: "docker", ...options });
      let text = "";
      socket.on("data", (data) => (text += data.toString()));
      socket.on("error", reject);
      socket.on("close", () => resolve(text));
    });
  }
  const client = () => ({ ca: ours.client.ca, cert: ours.client.cert, key: ours.client.key });

  test.each([["docker"], ["localhost"]])("works under the name %s", async (servername) => {
    expect(await talk({ ...client(), servername })).toBe("hello");
  });

  test("works under its address", async () => {
    const { port } = server.address() as AddressInfo;
    const socket = connect({ ...client(), host: "127.0.0.1", port });
    await new Promise((resolve, reject) => {
      socket.on("secureConnect", resolve);
      socket.on("error", reject);
    });
    expect(socket.authorized).toBe(true);
    socket.destroy();
  });

  test("is refused under a name that was not asked for", async () => {
    await expect(talk({ ...client(), servername: "docker.elsewhere.test" })).rejects.toThrow(
      expect.objectContaining({ code: "ERR_TLS_CERT_ALTNAME_INVALID" }) as Error,
    );
  });

  test("is refused by a client that trusts another job's CA", async () => {
    await expect(talk({ ...client(), ca: others.client.ca })).rejects.toThrow(
      /unable to (?:get|verify)|signature|self.signed/i,
    );
  });

  test.each([
    ["without a certificate", () => ({ ca: ours.client.ca })],
    [
      "with another job's certificate",
      () => ({ ca: ours.client.ca, cert: others.client.cert, key: others.client.key }),
    ],
    ["with the server's own certificate", () => ({ ca: ours.client.ca, cert: ours.server.cert, key: ours.server.key })],
  ])("is refused by the daemon to a client %s", async (_, options) => {
    const before = accepted;
    // The daemon may say why in an alert, or just hang up.
    expect(await talk(options()).catch(() => "")).toBe("");
    expect(accepted).toBe(before);
  });
});
