import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultPools, networksLeft } from "../../../src/doctor/address-space.ts";
import { judgePools } from "../../../src/doctor/checks/address-pools.ts";

describe("networksLeft", () => {
  it("counts 31 networks in Docker's own pools", () => {
    expect(networksLeft(defaultPools, [])).toBe(31);
  });

  it("takes away what overlaps, be it smaller or larger than a network of the pool", () => {
    expect(networksLeft(defaultPools, ["172.17.0.0/16", "172.20.5.0/24", "192.168.0.0/16"])).toBe(31 - 1 - 1 - 16);
    expect(networksLeft(defaultPools, ["172.16.0.0/12"])).toBe(16);
  });

  it("doesn't mind networks outside of the pools, IPv6 and nonsense", () => {
    expect(networksLeft(defaultPools, ["10.0.0.0/8", "fd00::/64", "", "1.2.3.4"])).toBe(31);
    expect(networksLeft([{ base: "fd00::/48", size: 64 }], [])).toBe(0);
  });

  it("tells single addresses apart", () => {
    expect(networksLeft([{ base: "10.0.0.0/30", size: 32 }], ["10.0.0.1/32"])).toBe(3);
  });

  it("never counts without end", () => {
    expect(networksLeft([{ base: "10.0.0.0/8", size: 30 }], [])).toBe(4_096);
  });

  it("is smaller by one for each network of a pool that is taken, whichever it is", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 255 })), (taken) => {
        const pools = [{ base: "10.201.0.0/16", size: 24 }];
        const subnets = taken.map((third) => `10.201.${third}.0/24`);
        expect(networksLeft(pools, subnets)).toBe(256 - taken.length);
      }),
    );
  });
});

describe("judgePools", () => {
  const addressPools = [{ base: "10.1.0.0/22", size: 24 }];
  const taken = ["10.1.0.0/24", "10.1.1.0/24", "10.1.2.0/24", "10.1.3.0/24"];

  it("fails without a network left, and warns when not every job could have one", () => {
    expect(judgePools({ addressPools }, taken, 1).verdict).toBe("fail");
    expect(judgePools({ addressPools }, taken.slice(1), 2)).toMatchObject({
      verdict: "warn",
      finding: expect.stringContaining("only 1 more"),
    });
    expect(judgePools({ addressPools }, taken.slice(1), 1).verdict).toBe("pass");
  });

  it("takes Docker's own pools where the daemon names none", () => {
    expect(judgePools({ addressPools: null }, [], 1).finding).toContain("31 more");
  });
});
