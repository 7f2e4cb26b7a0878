import { describe, expect, test } from "vitest";
import { macAddressOf, requireIpAddresses } from "../../../src/job/addresses.ts";
import { readRunner } from "./plan-case.ts";

const docker = (mac: string) =>
  readRunner(
    `[[runners]]\nurl = "https://gitlab.test"\ntoken = "t"\nexecutor = "docker"\n[runners.docker]\nmac_address = "${mac}"`,
  ).docker;

describe("mac_address", () => {
  test.each(["92:d0:c6:0a:29:33", "92-D0-C6-0A-29-33", "92D0.c60a.2933"])("is read as %s", (text) => {
    expect(macAddressOf(docker(text), "1.44")?.address).toBe("92:d0:c6:0a:29:33");
  });

  test.each(["92:d0:c6:0a:29", "92:d0:c6:0a:29:33:44", "92:d0-c6:0a:29:33", "92d0c60a2933", "zz:d0:c6:0a:29:33", " "])(
    "is none as %j",
    (text) => expect(() => macAddressOf(docker(text), "1.44")).toThrow(`invalid MAC address "${text}"`),
  );

  test.each([
    ["1.41", "container"],
    ["1.43", "container"],
    ["1.44", "endpoint"],
    ["1.52", "endpoint"],
    ["", "endpoint"],
  ])("goes to a daemon of API %j with the %s", (api, place) => {
    expect(macAddressOf(docker("92:d0:c6:0a:29:33"), api)?.place).toBe(place);
  });

  test("is nothing when it is not set", () => {
    expect(macAddressOf(docker(""), "1.44")).toBeNull();
  });
});

describe("dns", () => {
  test.each(["1.1.1.1", "255.0.10.199", "fd00::53", "::1", "::ffff:10.0.0.1", "fe80::1%eth0"])("may be %s", (text) => {
    expect(requireIpAddresses([text])).toEqual([text]);
  });

  test.each(["dns.corp.test", "1.1.1", "1.1.1.1:53", "256.1.1.1", "", "[::1]", ":::", "1.1.1.1 ", "fe80::1%"])(
    "may not be %j",
    (text) => expect(() => requireIpAddresses(["1.1.1.1", text])).toThrow(`invalid DNS server address "${text}"`),
  );
});
