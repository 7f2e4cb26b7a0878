import type { DockerConfig } from "../config/schema.ts";
import { isOlder } from "./api-version.ts";
import type { MacAddress } from "./host-options.ts";
import { configurationRefusal } from "./refusal.ts";

/** Since then a container's MAC address goes with its network; the daemon takes no other any more. */
const endpointMacSince = "1.44";
const byte = "[0-9a-f]{2}";
const mac = new RegExp(`^${byte}(?:(?::${byte}){5}|(?:-${byte}){5})$|^[0-9a-f]{4}(?:\\.[0-9a-f]{4}){2}$`, "i");

/**
 * `mac_address` of config.toml, for a container with an interface of its own; null when it is not set.
 *
 * @param apiVersion the newest that the daemon speaks
 */
export function macAddressOf({ mac_address: text }: DockerConfig, apiVersion: string): MacAddress | null {
  if (text === "") return null;
  if (!mac.test(text)) {
    throw configurationRefusal(
      "CONFIG_MAC_ADDRESS",
      `invalid MAC address "${text}"`,
      "write mac_address like 92:d0:c6:0a:29:33 in [runners.docker] of config.toml",
      "admin",
    );
  }
  const digits = text.toLowerCase().replaceAll(/[^0-9a-f]/g, "");
  return {
    address: digits.replaceAll(/..(?=.)/g, "$&:"),
    place: apiVersion !== "" && isOlder(apiVersion, endpointMacSince) ? "container" : "endpoint",
  };
}

const octet = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";
const ipv4 = new RegExp(`^${octet}(?:\\.${octet}){3}$`);

/** `dns` of config.toml: the daemon takes addresses alone. */
export function requireIpAddresses(texts: readonly string[]): readonly string[] {
  for (const text of texts) {
    if (isIpAddress(text)) continue;
    throw configurationRefusal(
      "CONFIG_DNS",
      `invalid DNS server address "${text}"`,
      "write IP addresses, not names, into dns in [runners.docker] of config.toml",
      "admin",
    );
  }
  return texts;
}

export function isIpAddress(text: string): boolean {
  return ipv4.test(text) || isIpv6(text);
}

function isIpv6(text: string): boolean {
  const [address = "", zone, ...rest] = text.split("%");
  if (rest.length > 0 || zone === "" || !address.includes(":") || !/^[0-9a-f:.]+$/i.test(address)) return false;
  try {
    return new URL(`http://[${address}]/`).hostname !== "";
  } catch {
    return false;
  }
}
