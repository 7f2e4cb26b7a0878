import { parseDaemonAddress } from "../daemon/address.ts";
import { readDockerCertificates } from "../daemon/certificate-files.ts";
import { connectDocker } from "../daemon/connect.ts";
import type { Engine } from "../docker/engine.ts";
import type { SessionFacts } from "./session.ts";

/** The daemon that a job's containers are on. @throws AgentError DAEMON_ADDRESS, DAEMON_CERTIFICATES */
export async function engineOf({ docker }: Pick<SessionFacts, "docker">): Promise<Engine> {
  const address = parseDaemonAddress(docker.host, docker.tls_verify);
  const isTls = address.kind === "tcp" && address.tls;
  return connectDocker(address, isTls ? await readDockerCertificates(docker.tls_cert_path) : null);
}
