import { defaultRouteInterface } from "../daemon/network-mtu.ts";

/** Prints both tables; a kernel without IPv6 has one. */
export const printRoutes = "cat /proc/net/route; cat /proc/net/ipv6_route 2>/dev/null";

/** The interface of the default route in /proc/net/route, else in /proc/net/ipv6_route; null without one. */
export function defaultInterface(routes: string): string | null {
  return defaultRouteInterface(routes) ?? defaultIpv6Interface(routes);
}

/** The kernel's own "unreachable" goes to the loopback. */
function defaultIpv6Interface(routes: string): string | null {
  const fields = routes
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .find(([target = "", prefix, ...rest]) => /^0{32}$/.test(target) && prefix === "00" && rest.at(-1) !== "lo");
  return fields?.at(-1) ?? null;
}
