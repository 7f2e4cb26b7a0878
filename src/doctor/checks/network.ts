import { networkFacts } from "../../docker/network.ts";
import { isNamedNetwork } from "../../job/plan-wiring.ts";
import { messageOf } from "../../support/errors.ts";
import { type Check, fail, pass, skip, warn } from "../check.ts";
import { defaultInterface, printRoutes } from "../default-route.ts";
import type { DoctorContext } from "../doctor-context.ts";

/** A container as a job's, on a network as a job's. */
export const networkCheck: Check<DoctorContext> = {
  name: "network",
  needs: ["daemon"],
  limitMs: 9_000,
  run: async (context, signal) => {
    const image = await context.helperImage();
    if (image.includes("$")) return skip("which helper image it is depends on the job");
    if ((await context.image(image)) === null)
      return skip("the helper image is not on the daemon, and nothing is pulled");
    try {
      const site = await context.site();
      const { output } = await site.run(printRoutes, [], signal);
      const mode = context.runner.docker.network_mode;
      const where = site.hasOwnNetwork ? "a network of its own" : `network_mode = "${mode}"`;
      if (defaultInterface(output) !== null || mode === "none") return pass(`a container runs on ${where}`);
      if (isNamedNetwork(mode) && (await networkFacts((await context.daemon()).engine, mode, signal)).isInternal)
        return pass(`a container runs on ${where}, which is internal: nothing leaves it`);
      return warn(
        `a container on ${where} has no default route: what is not on its own network is out of reach`,
        "name another `network_mode` in [runners.docker], or leave it out: jobs get networks of their own",
      );
    } catch (error) {
      signal.throwIfAborted();
      const problem = `no container could be started as a job's is: ${messageOf(error)}`;
      const fix = fixes.find(({ words }) => words.test(messageOf(error)))?.fix;
      return fail(problem, fix ?? "correct what the daemon names; its log: journalctl -u docker");
    }
  },
};

const fixes = [
  {
    words: /IPv6/i,
    fix: 'set `enable_ipv6 = false` in [runners.docker], or give the daemon addresses: "default-address-pools" with an IPv6 base in /etc/docker/daemon.json',
  },
  {
    words: /address pool|fully subnetted|non-overlapping/i,
    fix: 'write "default-address-pools": [{"base": "10.201.0.0/16", "size": 24}] into /etc/docker/daemon.json and restart the daemon; unused networks: docker network prune',
  },
  {
    words: /iptables|table .* does not exist|No chain/i,
    fix: "systemctl restart docker   # another program has removed its firewall rules",
  },
  {
    words: /network .*not found/i,
    fix: "docker network create NAME   # or correct `network_mode` in [runners.docker]",
  },
  {
    words: /unknown (?:or invalid )?runtime/i,
    fix: "correct `runtime` in [runners.docker]; `docker info` lists those that there are",
  },
  { words: /no space left/i, fix: "docker system prune   # or a larger disk" },
  { words: /not in (?:file )?shar|mounts denied|read-only file system/i, fix: "correct `volumes` in [runners.docker]" },
] as const;
