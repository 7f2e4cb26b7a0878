import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DockerCertificates } from "../job/plan.ts";
import { AgentError, messageOf } from "../support/errors.ts";

/** Reads ca.pem, cert.pem and key.pem of a Docker client. Throws AgentError DAEMON_CERTIFICATES naming the first file that is missing. */
export async function readDockerCertificates(directory: string): Promise<DockerCertificates> {
  const read = async (name: string) => {
    const path = join(directory, name);
    try {
      return await readFile(path, "utf8");
    } catch (error) {
      throw new AgentError(
        "DAEMON_CERTIFICATES",
        `cannot read the Docker client certificate ${path}: ${messageOf(error)}`,
        {
          hint: "tls_cert_path must be a directory with ca.pem, cert.pem and key.pem that the agent can read",
          exitCode: 2,
          cause: error,
        },
      );
    }
  };
  // One after another: of several that are missing it is always the first that is named.
  return { ca: await read("ca.pem"), cert: await read("cert.pem"), key: await read("key.pem") };
}
