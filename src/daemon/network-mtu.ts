import { readFile } from "node:fs/promises";

/** What Docker gives its networks when it is told nothing. */
const dockerDefaultMtu = 1500;

/**
 * MTU of the interface of this host's default route, when it is smaller than Docker's default: packets of containers
 * that are larger vanish there where nobody answers with ICMP. null when the default is right, or nothing can be read.
 */
export async function smallMtu(): Promise<number | null> {
  try {
    const routes = await readFile("/proc/net/route", "utf8");
    const name = defaultRouteInterface(routes);
    if (name === null) return null;
    const mtu = Number.parseInt(await readFile(`/sys/class/net/${name}/mtu`, "utf8"), 10);
    return mtu > 0 && mtu < dockerDefaultMtu ? mtu : null;
  } catch {
    return null;
  }
}

/** Interface of the line with destination and mask 0 in /proc/net/route. */
export function defaultRouteInterface(routes: string): string | null {
  const line = routes
    .split("\n")
    .map((text) => text.split(/\s+/))
    .find((fields) => fields[1] === "00000000" && fields[7] === "00000000");
  return line?.[0] ?? null;
}
