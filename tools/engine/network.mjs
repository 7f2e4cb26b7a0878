// The MTU of the interface that the default route uses. With a larger one inside containers, downloads hang on hosts
// whose own network is a tunnel.
import { readFileSync } from "node:fs";

export function defaultRouteMtu(routes = "/proc/net/route", interfaces = "/sys/class/net") {
  try {
    const rows = readFileSync(routes, "utf8").trim().split("\n").slice(1);
    const row = rows
      .map((line) => line.split("\t"))
      .find(([, destination, , flags]) => {
        return destination === "00000000" && (Number.parseInt(flags, 16) & 1) === 1;
      });
    const mtu = row && Number(readFileSync(`${interfaces}/${row[0]}/mtu`, "utf8"));
    return mtu >= 576 ? Math.min(mtu, 65_535) : undefined;
  } catch {
    return undefined;
  }
}
