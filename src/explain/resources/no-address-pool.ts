import type { Rule } from "../rule.ts";
import { refused } from "./said.ts";
import { daemonOption } from "./whose-daemon.ts";

const words =
  /could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network|all predefined address pools have been fully subnetted|could not find an available predefined network/;

/** Every network takes one of about thirty subnets, unless the daemon was given smaller ones. */
export const noAddressPool: Rule = {
  name: "no-address-pool",
  of: "failed",
  explain: (evidence) => {
    const said = refused(evidence, words);
    if (said === null) return null;
    const cause = "the daemon has no subnet left for another network: each network takes one, and its pools hold few";
    const json = '"default-address-pools": [{ "base": "10.200.0.0/16", "size": 24 }]';
    if (said.by === "runner")
      return {
        cause,
        seen: said.line,
        author: "",
        admin: `docker network prune now; for good, in daemon.json: ${json}`,
      };
    const option = daemonOption(evidence, "--default-address-pool=base=10.200.0.0/16,size=24", json);
    return {
      cause,
      seen: said.line,
      author:
        option.author === ""
          ? "remove networks when they are done with: docker compose down, docker network rm"
          : option.author,
      admin: option.admin,
    };
  },
};
