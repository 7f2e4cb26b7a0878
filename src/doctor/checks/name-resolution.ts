import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { type Check, fail, pass, skip } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";
import { cloneAddress, isProxied } from "../clone-address.ts";
import { siteAlias } from "../job-site.ts";

const script = `
if command -v getent >/dev/null 2>&1; then getent hosts "$1" >/dev/null 2>&1 || getent ahosts "$1" >/dev/null 2>&1
elif command -v nslookup >/dev/null 2>&1; then nslookup "$1" >/dev/null 2>&1
else exit 127; fi
`;

/** Names as a job's containers resolve them: a neighbour's, and that of the server that sources come from. */
export const nameResolutionCheck: Check<DoctorContext> = {
  name: "name-resolution",
  needs: ["network"],
  limitMs: 7_000,
  run: async (context, signal) => {
    const site = await context.site();
    const names = [...(site.hasOwnNetwork ? [siteAlias] : []), ...serverName(context.runner)];
    if (names.length === 0)
      return skip("jobs' containers need no name: the server's address is none, or a proxy's task");
    for (const name of names) {
      const { code } = await site.run(script, [name], signal);
      if (code === 127) return skip("the helper image has no tool to resolve names with");
      if (code === 0) continue;
      return name === siteAlias
        ? fail(
            "a container can't resolve its neighbour's name on a job's network: services would not be found",
            "systemctl restart docker   # its own resolver does not answer; see that no firewall drops UDP port 53 within bridges",
          )
        : fail(`"${name}" can't be resolved in a job's container`, await fixOf(name));
    }
    return pass(`names are resolved in a job's container: ${names.join(", ")}`);
  },
  whenLate: ({ runner }) =>
    fail(
      `the name server of a job's container does not answer for "${serverName(runner)[0] ?? siteAlias}"`,
      'set `dns = ["ADDRESS OF A NAME SERVER"]` in [runners.docker], one that containers reach',
    ),
};

/** Of the server that sources come from, where a job's container looks it up itself. */
function serverName(runner: DoctorContext["runner"]): string[] {
  const host = cloneAddress(runner)?.hostname.replace(/^\[|\]$/g, "") ?? "";
  return host === "" || isIP(host) !== 0 || isProxied(runner) ? [] : [host];
}

/** Where this machine knows the name, the line that makes it known to jobs. */
async function fixOf(name: string): Promise<string> {
  const dns = 'set `dns = ["ADDRESS OF A NAME SERVER"]` in [runners.docker]';
  const found = await lookup(name).catch(() => null);
  if (found === null || /^(?:127\.|::1$)/.test(found.address)) return `${dns}, or correct the name in [[runners]]`;
  return `set \`extra_hosts = ["${name}:${found.address}"]\` in [runners.docker], or ${dns.slice("set ".length)}`;
}
