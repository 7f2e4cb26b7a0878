import type { DockerCertificates, VolumeSeed } from "./plan.ts";

/** A client's certificates where DOCKER_CERT_PATH points; readable for every user of the job, who owns them anyway. */
export function clientFiles({ ca, cert, key }: DockerCertificates): VolumeSeed["files"] {
  return [
    { path: "ca.pem", content: ca, mode: 0o644 },
    { path: "cert.pem", content: cert, mode: 0o644 },
    { path: "key.pem", content: key, mode: 0o644 },
  ];
}

/**
 * A server's certificates below DOCKER_TLS_CERTDIR, as docker:dind's entrypoint takes them over. The authority stands
 * there without its key: releases that don't look for a server's certificates make all anew when there is no authority.
 */
export function serverFiles({ ca, cert, key }: DockerCertificates, keyMode: number): VolumeSeed["files"] {
  return [
    { path: "ca/cert.pem", content: ca, mode: 0o644 },
    { path: "server/ca.pem", content: ca, mode: 0o644 },
    { path: "server/cert.pem", content: cert, mode: 0o644 },
    { path: "server/key.pem", content: key, mode: keyMode },
  ];
}
