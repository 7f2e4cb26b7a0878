import type { DockerConfig } from "../config/schema.ts";
import { hasOwnInterface } from "./plan-wiring.ts";
import { configurationRefusal } from "./refusal.ts";

const isolations = ["", "default", "process", "hyperv"];

/** `isolation` of config.toml: one of Windows' words in any case, though none of them changes anything. */
export function requireIsolation(isolation: string): void {
  if (isolations.includes(isolation.toLowerCase())) return;
  throw configurationRefusal(
    "CONFIG_ISOLATION",
    `the isolation value "${isolation}" is not valid`,
    'write "default", "process" or "hyperv" in [runners.docker] of config.toml, or nothing: it is for Windows containers',
    "admin",
  );
}

/** What config.toml sets and a Linux container can't have. */
export function dockerWarnings({ isolation, mac_address: mac, network_mode: mode }: DockerConfig): string[] {
  requireIsolation(isolation);
  return [
    ...(["process", "hyperv"].includes(isolation.toLowerCase())
      ? [`isolation = "${isolation}" is for Windows containers and is not used`]
      : []),
    ...(mac === "" || hasOwnInterface(mode)
      ? []
      : [`mac_address is not used: with network_mode = "${mode}" the container has no network interface of its own`]),
  ];
}
