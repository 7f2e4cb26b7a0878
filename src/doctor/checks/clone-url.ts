import { type Check, fail, type Outcome, pass, skip, warn } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";
import { cloneAddress } from "../clone-address.ts";
import type { GitReach } from "../git-reach.ts";

/** Whether git in a job's container gets to the server of the sources. */
export const cloneUrlCheck: Check<DoctorContext> = {
  name: "clone-url",
  needs: ["helper-tools"],
  limitMs: 7_000,
  run: async (context) => judge(context, await context.reach()),
  whenLate: (context) => judge(context, { kind: "unreachable", words: "no answer" }),
};

function judge({ runner }: DoctorContext, { kind, words }: GitReach): Outcome {
  const address = cloneAddress(runner);
  const key = runner.clone_url === "" ? "url" : "clone_url";
  const shown = address === null ? "" : address.origin;
  const finding = `git in a job's container can't reach ${shown} (${key}): ${words}`;
  switch (kind) {
    case "reached":
      return pass(`git in a job's container reaches ${shown} (${key})`);
    case "name":
      return fail(
        finding,
        'set `dns = ["ADDRESS OF A NAME SERVER"]` or `extra_hosts = ["NAME:ADDRESS"]` in [runners.docker]',
      );
    case "unreachable":
      return fail(finding, unreachableFix(address, runner.clone_url !== ""));
    case "certificate":
      return fail(finding, 'set `tls-ca-file = "/path/to/ca.pem"` in [[runners]], with the authority of that server');
    case "proxy":
      return fail(
        finding,
        `correct http_proxy and https_proxy in \`environment\` of [[runners]], or add no_proxy=${address?.hostname ?? ""}`,
      );
    case "server-error":
      return warn(finding, "see that the server is well");
    case "unknown":
      return runner.docker.network_mode === "none" ? skip("jobs have no network") : warn(finding, "see what git says");
  }
}

function unreachableFix(address: URL | null, isCloneUrl: boolean): string {
  const port = address === null || address.port === "" ? "" : `:${address.port}`;
  const example = `clone_url = "${address?.protocol ?? "https:"}//HOST${port}"`;
  if (address !== null && /^(?:localhost|127\.|\[::1\])/.test(address.hostname))
    return `set \`${example}\` in [[runners]] with an address of that host which containers reach: in a container, ${address.hostname} is the container itself`;
  return isCloneUrl
    ? `correct \`${example}\` in [[runners]], or let the firewall of that host and of the daemon's host admit containers`
    : `set \`${example}\` in [[runners]] with an address that containers reach, or let the firewall admit them`;
}
