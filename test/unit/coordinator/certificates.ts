import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto);

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** A certificate with its key, in PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends Pair {
  /** Valid for localhost and 127.0.0.1 from yesterday until tomorrow, unless the options say otherwise. */
  issue(options?: { names?: readonly string[]; fromDays?: number; toDays?: number }): Promise<Pair>;
  /** An authority below this one. */
  intermediate(): Promise<Authority>;
}

type Issuer = { readonly name: string; readonly keys: webcrypto.CryptoKeyPair } | null;

let serial = 0;

export async function authority(name = "Test CA", issuer: Issuer = null): Promise<Authority> {
  const keys = await newKeys();
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: nextSerial(),
    subject: `CN=${name}`,
    issuer: `CN=${issuer?.name ?? name}`,
    notBefore: days(-1),
    notAfter: days(1),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(true, 2, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  return {
    cert: pem(cert),
    key: await keyPem(keys),
    issue: ({ names = ["localhost", "127.0.0.1"], fromDays = -1, toDays = 1 } = {}) =>
      issue({ name, keys }, names, days(fromDays), days(toDays)),
    intermediate: () => authority(`${name} below`, { name, keys }),
  };
}

async function issue(issuer: NonNullable<Issuer>, names: readonly string[], from: Date, to: Date): Promise<Pair> {
  const keys = await newKeys();
  const isAddress = (name: string) => /^[\d.]+$/.test(name);
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: nextSerial(),
    subject: "CN=leaf",
    issuer: `CN=${issuer.name}`,
    notBefore: from,
    notAfter: to,
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    extensions: [
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isAddress(value) ? ("ip" as const) : ("dns" as const), value })),
      ),
    ],
  });
  return { cert: pem(cert), key: await keyPem(keys) };
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
}

async function keyPem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
}

/** As Node writes it: 64 columns and a newline at the end. */
function pem(cert: x509.X509Certificate): string {
  return `${cert.toString("pem").trim()}\n`;
}

function nextSerial(): string {
  return (++serial).toString(16).padStart(4, "0");
}

function days(count: number): Date {
  return new Date(Date.now() + count * 86_400_000);
}
