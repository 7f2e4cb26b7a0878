import type { AddressPool } from "../docker/daemon-report.ts";

/** Docker's own pools (libnetwork's ipamutils): 31 networks. */
export const defaultPools: readonly AddressPool[] = [
  { base: "172.17.0.0/16", size: 16 },
  { base: "172.18.0.0/16", size: 16 },
  { base: "172.19.0.0/16", size: 16 },
  { base: "172.20.0.0/14", size: 16 },
  { base: "172.24.0.0/14", size: 16 },
  { base: "172.28.0.0/14", size: 16 },
  { base: "192.168.0.0/16", size: 20 },
];

interface Range {
  readonly first: number;
  readonly last: number;
}

/** Beyond it nobody wants to know how many. */
const mostCounted = 4_096;

/** How many more networks fit into the pools (IPv4) beside the subnets that are taken. At most a few thousand are counted. */
export function networksLeft(pools: readonly AddressPool[], taken: readonly string[]): number {
  const ranges = taken.map(rangeOf).filter((range) => range !== null);
  let left = 0;
  for (const { base, size } of pools) {
    const pool = rangeOf(base);
    if (pool === null || size < 1 || size > 32) continue;
    const step = 2 ** (32 - size);
    for (let first = pool.first; first + step - 1 <= pool.last && left < mostCounted; first += step) {
      const last = first + step - 1;
      if (!ranges.some((range) => range.first <= last && range.last >= first)) left++;
    }
  }
  return left;
}

/** null for what is no IPv4 subnet. */
function rangeOf(cidr: string): Range | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  if (match === null) return null;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = match.slice(1).map(Number);
  const size = 2 ** (32 - prefix);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const first = address - (address % size);
  return { first, last: first + size - 1 };
}
