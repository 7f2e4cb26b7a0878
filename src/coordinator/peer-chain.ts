import type { Socket } from "node:net";
import { TLSSocket, type DetailedPeerCertificate } from "node:tls";

/** The certificates above the server's own, as verified, in PEM (protocol section 1.5); "" without TLS. */
export function peerChain(socket: Socket | null): string {
  if (!(socket instanceof TLSSocket)) return "";
  const seen = new Set<string>();
  let pem = "";
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  // The root is its own issuer, and a server may send a circle.
  while (certificate?.raw !== undefined && !seen.has(certificate.fingerprint256)) {
    if (seen.size > 0) pem += toPem(certificate.raw);
    seen.add(certificate.fingerprint256);
    certificate = certificate.issuerCertificate;
  }
  return pem;
}

function toPem(der: Buffer): string {
  const lines = der.toString("base64").replace(/.{1,64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`;
}
