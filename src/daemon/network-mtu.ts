import { readFile } from "node:fs/promises";

/** What Docker gives its networks when it is told nothing. */
export const dockerDefaultMtu = 1500;

/** MTU of the interface of this host's default route; null when there is none, or nothing can be read. */
export async function localUplinkMtu(): Promise<number | null> {
  try {
    const name = defaultRouteInterface(await readFile("/proc/net/route", "utf8"));
    return name === null ? null : readMtu(await readFile(`/sys/class/net/${name}/mtu`, "utf8"));
  } catch {
    return null;
  }
}

/** The same of another host, from the lines that src/docker/host-network.ts reads there. */
export function uplinkMtuOf(lines: string): number | null {
  const name = defaultRouteInterface(lines);
  const [, mtu] =
    lines
      .split("\n")
      .map((line) => line.split(" "))
      .find((fields) => fields.length === 2 && fields[0] === name) ?? [];
  return mtu === undefined ? null : readMtu(mtu);
}

/** Interface of the line with destination and mask 0 in /proc/net/route. */
export function defaultRouteInterface(routes: string): string | null {
  const line = routes
    .split("\n")
    .map((text) => text.split(/\s+/))
    .find((fields) => fields[1] === "00000000" && fields[7] === "00000000");
  return line?.[0] ?? null;
}

/**
 * The smallest of some MTUs when it is smaller than Docker's default: packets of containers that are larger vanish there
 * where nobody answers with ICMP. null when the default is right, or none is known.
 */
export function smallMtu(...mtus: readonly (number | null)[]): number | null {
  const small = mtus.filter((mtu) => mtu !== null && mtu < dockerDefaultMtu) as number[];
  return small.length === 0 ? null : Math.min(...small);
}

function readMtu(text: string): number | null {
  const mtu = Number.parseInt(text, 10);
  return mtu > 0 ? mtu : null;
}
