import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DaemonAddress, formatDaemonAddress, parseDaemonAddress } from "../../../src/daemon/address.ts";
import { AgentError } from "../../../src/support/errors.ts";

describe("an address of a daemon", () => {
  test.each<[string, boolean, DaemonAddress]>([
    ["unix:///var/run/docker.sock", false, { kind: "unix", path: "/var/run/docker.sock" }],
    ["unix:///run/user/1000/a b.sock", true, { kind: "unix", path: "/run/user/1000/a b.sock" }],
    ["tcp://docker", false, { kind: "tcp", host: "docker", port: 2375, tls: false }],
    ["tcp://docker", true, { kind: "tcp", host: "docker", port: 2376, tls: true }],
    ["tcp://10.0.0.5:4243/", false, { kind: "tcp", host: "10.0.0.5", port: 4243, tls: false }],
    ["tcp://[::1]:2376", true, { kind: "tcp", host: "::1", port: 2376, tls: true }],
    ["http://docker:2375", false, { kind: "tcp", host: "docker", port: 2375, tls: false }],
    ["https://docker", false, { kind: "tcp", host: "docker", port: 2376, tls: true }],
    // Docker says nothing of TLS by the port: 2376 without tls_verify is plain.
    ["tcp://docker:2376", false, { kind: "tcp", host: "docker", port: 2376, tls: false }],
  ])("%j with tls_verify = %j is read", (text, tlsVerify, expected) => {
    expect(parseDaemonAddress(text, tlsVerify)).toEqual(expected);
  });

  test.each([
    "",
    "docker:2375",
    "/var/run/docker.sock",
    "unix://",
    "unix://relative.sock",
    "tcp://",
    "tcp://:2375",
    "tcp://docker:0",
    "tcp://docker:65536",
    "tcp://docker:port",
    "tcp://docker:2375/path",
    "tcp://user@docker:2375/",
    "ssh://user@docker",
    "npipe:////./pipe/docker_engine",
    "tcp://a b",
    "tcp://::1:2375",
  ])("%j is refused with what to write instead", (text) => {
    const read = () => parseDaemonAddress(text, false);
    expect(read).toThrow(AgentError);
    expect(read).toThrow(expect.objectContaining({ code: "DAEMON_ADDRESS", exitCode: 2 }) as Error);
  });

  test("is the same after printing and reading it again", () => {
    const host = fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().filter((text) => !text.includes(".")),
      fc.constantFrom("docker", "localhost"),
    );
    const address = fc.oneof(
      fc.record({ kind: fc.constant("unix" as const), path: fc.stringMatching(/^\/[^\n\r\u2028\u2029]+$/) }),
      fc.record({
        kind: fc.constant("tcp" as const),
        host,
        port: fc.integer({ min: 1, max: 65_535 }),
        tls: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(address, (wanted) => {
        expect(parseDaemonAddress(formatDaemonAddress(wanted), wanted.kind === "tcp" && wanted.tls)).toEqual(wanted);
      }),
    );
  });

  test("is read or refused, never anything else", () => {
    const part = fc.constantFrom("tcp://", "unix://", "https://", "[", "]", ":", "/", "2375", "docker", "@", "\n", " ");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part).map((list) => list.join("")),
        ),
        fc.boolean(),
        (text, tls) => {
          try {
            parseDaemonAddress(text, tls);
          } catch (error) {
            expect(error).toBeInstanceOf(AgentError);
          }
        },
      ),
    );
  });
});
