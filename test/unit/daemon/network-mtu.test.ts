import { expect, test } from "vitest";
import { defaultRouteInterface, smallMtu, uplinkMtuOf } from "../../../src/daemon/network-mtu.ts";

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

test.each([
  ["of the interface of the default route", ["docker0 1400", "eth0 1450", "lo 65536"], 1450],
  ["not known where that interface isn't told", ["docker0 1400"], null],
  ["not known where its MTU can't be read", ["eth0 "], null],
])("the MTU of another host's uplink is %s", (_, interfaces, expected) => {
  expect(uplinkMtuOf([head, route("eth0", "00000000", "00000000"), ...interfaces, ""].join("\n"))).toBe(expected);
});

test.each([
  [[1500, 9000], null],
  [[null, null], null],
  [[1400, null], 1400],
  [[1450, 1380], 1380],
])("of the MTUs %j networks are told %j", (mtus, expected) => {
  expect(smallMtu(...mtus)).toBe(expected);
});
