import { access } from "node:fs/promises";
import { DockerError } from "../../docker/errors.ts";
import { AgentError, messageOf } from "../../support/errors.ts";
import { type Check, fail, type Outcome, pass } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";

const defaultSocket = "/var/run/docker.sock";

/** Whether the daemon that runs the job's containers answers. */
export const daemonCheck: Check<DoctorContext> = {
  name: "daemon",
  needs: ["entry"],
  limitMs: 5_000,
  run: async (context) => {
    const { host } = context.runner.docker;
    try {
      const { facts } = await context.daemon();
      return pass(`Docker ${facts.serverVersion} (${facts.osType}/${facts.architecture}) answers at ${host}`);
    } catch (error) {
      return fail(`the Docker daemon at ${host} can't be used: ${messageOf(error)}`, await fixOf(context, error));
    }
  },
  whenLate: ({ runner }): Outcome =>
    fail(
      `the Docker daemon at ${runner.docker.host} takes the connection, or nobody refuses it, and gives no answer`,
      "systemctl restart docker   # where it runs; its log: journalctl -u docker",
    ),
};

async function fixOf({ runner }: DoctorContext, error: unknown): Promise<string> {
  const { host } = runner.docker;
  if (error instanceof AgentError) return error.hint;
  if (!(error instanceof DockerError)) return `check \`host = "${host}"\` in [runners.docker]`;
  if (isPlainToTls(error))
    return 'set `tls_verify = true` and `tls_cert_path = "/path/to/certificates"` in [runners.docker]';
  switch (error.kind) {
    case "permission-denied":
      return "usermod -aG docker USER   # the agent's user, which then must log in anew; or run the agent as root";
    case "tls":
      return "the daemon's TLS and [runners.docker] must agree: `tls_verify = false` for a daemon without TLS, else `tls_cert_path` of its own authority (ca.pem, cert.pem, key.pem)";
    default:
      if (host.startsWith("unix://") && host !== `unix://${defaultSocket}` && (await isThere(defaultSocket)))
        return `set \`host = "unix://${defaultSocket}"\` in [runners.docker]: there is a socket`;
      return host.startsWith("unix://")
        ? `systemctl start docker   # or correct \`host = "${host}"\` in [runners.docker]`
        : `start the daemon with -H ${host}, or correct \`host = "${host}"\` in [runners.docker]`;
  }
}

/** dockerd's answer to a client that speaks plain HTTP where TLS is wanted. */
const isPlainToTls = (error: DockerError): boolean => /HTTP request to an HTTPS server/i.test(error.message);

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
