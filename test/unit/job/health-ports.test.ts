import { describe, expect, test } from "vitest";
import { healthPorts } from "../../../src/job/health-ports.ts";

const many = Array.from({ length: 30 }, (_, index) => 8000 + index);

describe("a service is ready when one is open of", () => {
  test("the twenty lowest ports that it exposes", () => {
    expect(healthPorts(["A=b"], many)).toEqual(many.slice(0, 20));
    expect(healthPorts([], [])).toEqual([]);
  });

  test.each([["HEALTHCHECK_TCP_PORT=9000"], ["healthcheck_tcp_port=9000"]])(
    "the port that %s names, alone",
    (entry) => {
      expect(healthPorts(["HEALTHCHECK_TCP_PORTS=1", entry], many)).toEqual([9000]);
    },
  );

  test.each(["", "http", "0", "65536", "-1", "80 ", "8e1"])("no port when HEALTHCHECK_TCP_PORT is %j", (text) => {
    expect(() => healthPorts([`HEALTHCHECK_TCP_PORT=${text}`], many)).toThrow(`invalid health check tcp port: ${text}`);
  });
});
