import type { Rule } from "../rule.ts";
import { deadDaemonSaid, refused } from "./said.ts";

const noLegacyTable = /can't initialize ip6?tables table .\w+': (?:Table does not exist|ip6?tables who\?)/;
const noNftables =
  /Could not fetch rule set generation id: (?!Permission denied)|Failed to initialize nft: (?:Protocol not supported|Operation not supported)/;
const noModule = /Extension \w+ revision \d+ not supported, missing kernel module\?/;
const chainGone = /(?:iptables failed|Failed to Setup IP tables).{0,400}No chain\/target\/match by that name/;

/** The kernel and the iptables program of a daemon have nothing in common, or somebody flushed the daemon's rules. */
export const iptablesUnusable: Rule = {
  name: "iptables-unusable",
  of: "failed",
  explain: (evidence) => {
    const heard = (words: RegExp) => deadDaemonSaid(evidence, words) ?? refused(evidence, words)?.line ?? null;
    const legacy = heard(noLegacyTable);
    if (legacy !== null)
      return {
        cause: "the daemon's iptables wants the kernel's older tables (ip_tables), and this kernel has not loaded them",
        seen: legacy,
        author: "a dind image whose iptables uses nf_tables (docker:dind since 24), without DOCKER_IPTABLES_LEGACY",
        admin:
          "on the daemon's host: modprobe -a ip_tables iptable_nat iptable_filter (keep it in /etc/modules-load.d)",
      };
    const nft = heard(noNftables);
    if (nft !== null)
      return {
        cause: "the daemon's iptables wants nf_tables, and this kernel does not offer it",
        seen: nft,
        author: 'with the official dind image, variables: DOCKER_IPTABLES_LEGACY: "1"',
        admin: 'on the daemon\'s host: modprobe nf_tables, or [[runners]] environment = ["DOCKER_IPTABLES_LEGACY=1"]',
      };
    const module = heard(noModule);
    if (module !== null)
      return {
        cause: "the daemon's iptables needs a module that this kernel has not loaded",
        seen: module,
        author: "",
        admin:
          "on the daemon's host: modprobe -a ip_tables iptable_nat xt_addrtype xt_conntrack br_netfilter nf_tables",
      };
    const gone = heard(chainGone);
    if (gone === null) return null;
    return {
      cause:
        "the daemon's own iptables chains are gone: something on its host flushed them after the daemon had started",
      seen: gone,
      author: "",
      admin: "restart the daemon after the firewall: systemctl restart docker",
    };
  },
};
