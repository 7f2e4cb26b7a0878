import { expect, test } from "vitest";
import { defaultRouteInterface } from "../../../src/daemon/network-mtu.ts";

const head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT";
const route = (name: string, destination: string, mask: string) =>
  `${name}\t${destination}\t0101A8C0\t0003\t0\t0\t0\t${mask}\t0\t0\t0`;

test.each([
  ["the default route's", [route("docker0", "000011AC", "0000FFFF"), route("wg0", "00000000", "00000000")], "wg0"],
  ["the first of several", [route("eth0", "00000000", "00000000"), route("eth1", "00000000", "00000000")], "eth0"],
  ["none without a default route", [route("eth0", "0001A8C0", "00FFFFFF")], null],
  ["not that of half the world, as some VPNs have it", [route("tun0", "00000000", "00000080")], null],
  ["none in an empty table", [], null],
])("the interface is %s", (_, lines, expected) => {
  expect(defaultRouteInterface([head, ...lines, ""].join("\n"))).toBe(expected);
});
