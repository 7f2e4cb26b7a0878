import type { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import type { Extension } from "@peculiar/x509";
import type { DockerCertificates } from "../job/plan.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
/** Clocks of build hosts are not always right. */
const backdateMs = 3_600_000;
const serverAuth = "1.3.6.1.5.5.7.3.1";
const clientAuth = "1.3.6.1.5.5.7.3.2";

export interface DaemonCertificates {
  readonly server: DockerCertificates;
  readonly client: DockerCertificates;
}

/**
 * A CA, a server and a client certificate for one daemon of one job (EC P-256: made in milliseconds). The CA's key is
 * forgotten at once, so nobody can make more.
 *
 * @param names host names and addresses that the server certificate holds, beside localhost and the loopback addresses
 * @param lifetimeMs from now; keep it near the job's timeout
 */
export async function issueDaemonCertificates(
  names: readonly string[],
  now: number,
  lifetimeMs: number,
): Promise<DaemonCertificates> {
  const x509 = await certificateLibrary();
  const validity = { notBefore: new Date(now - backdateMs), notAfter: new Date(now + lifetimeMs) };
  const caKeys = await makeKeys();
  // Strict verifiers (Python's since 3.13 among them) want both key identifiers.
  const caIdentifier = await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey);
  const authority = await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "CN=Longshore job CA",
    keys: caKeys,
    signingAlgorithm: algorithm,
    ...validity,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      caIdentifier,
    ],
  });
  const issue = async (serialNumber: string, name: string, usage: string, extensions: Extension[]) => {
    const keys = await makeKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber,
      subject: `CN=${name}`,
      issuer: ca.subject,
      publicKey: keys.publicKey,
      signingKey: caKeys.privateKey,
      signingAlgorithm: algorithm,
      ...validity,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        authority,
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ...extensions,
      ],
    });
    return { ca: ca.toString("pem"), cert: certificate.toString("pem"), key: await privateKeyPem(keys.privateKey) };
  };
  const everyName = [...new Set(["localhost", "127.0.0.1", "::1", ...names])];
  const alternatives = new x509.SubjectAlternativeNameExtension(
    everyName.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value })),
  );
  const [server, client] = await Promise.all([
    issue("02", names[0] ?? "docker", serverAuth, [alternatives]),
    issue("03", "Longshore job", clientAuth, []),
  ]);
  return { server, client };
}

/** Loaded when it is needed, for only jobs with a dind sidecar do: it is half as large as all of the agent's own code. */
async function certificateLibrary(): Promise<typeof import("@peculiar/x509")> {
  // Its dependency injection wants this polyfill to be there first.
  await import("reflect-metadata");
  return await import("@peculiar/x509");
}

async function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{64}/g, "$&\n").trimEnd()}\n-----END PRIVATE KEY-----\n`;
}
