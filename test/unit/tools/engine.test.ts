import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { endpointOf } from "../../../tools/engine/endpoint.mjs";
import { defaultRouteMtu } from "../../../tools/engine/network.mjs";
import { debianMirror } from "../../../tools/images/mirror.mjs";
import { imagePlan, withParents } from "../../../tools/images/recipes.mjs";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "engine-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("from DOCKER_HOST to a connection", () => {
  test("socket, plain TCP, TLS", () => {
    expect(endpointOf("unix:///run/d.sock")).toMatchObject({ secure: false, options: { socketPath: "/run/d.sock" } });
    expect(endpointOf("tcp://build:1234").options).toEqual({ host: "build", port: 1234 });
    expect(endpointOf("tcp://[::1]").options).toEqual({ host: "::1", port: 2375 });
    for (const name of ["ca", "cert", "key"]) writeFileSync(join(directory, `${name}.pem`), name);
    const secure = endpointOf("tcp://build", { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: directory });
    expect(secure).toMatchObject({
      secure: true,
      options: { port: 2376, ca: Buffer.from("ca"), key: Buffer.from("key") },
    });
  });

  test("what cannot be used is refused with a fix", () => {
    expect(() => endpointOf("ssh://build")).toThrow('DOCKER_HOST is "ssh://build"');
    expect(() => endpointOf("build:2375")).toThrow("DOCKER_HOST is");
    const env = { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: directory };
    expect(() => endpointOf("tcp://build", env)).toThrow(/ca\.pem cannot be read \(ENOENT\)/);
  });
});

describe("the Debian mirror of this machine", () => {
  const sources = (name: string, text: string) => {
    mkdirSync(join(directory, "sources.list.d"), { recursive: true });
    writeFileSync(join(directory, name), text);
  };
  const standard = "http://deb.debian.org/debian";

  test("from the one-line format, options and comments aside", () => {
    sources(
      "sources.list",
      "# deb http://old/debian bookworm main\ndeb [arch=amd64] http://near/debian/ bookworm main\n",
    );
    expect(debianMirror("bookworm", directory)).toBe("http://near/debian");
  });

  test("from deb822, without the security archive and what is switched off", () => {
    const text = `Types: deb\nURIs: http://security/debian-security\nSuites: bookworm-security\n
Types: deb\nEnabled: no\nURIs: http://off/debian\nSuites: bookworm\n
Types: deb\nURIs: http://near/debian\nSuites: bookworm bookworm-updates\n`;
    sources("sources.list.d/debian.sources", text);
    expect(debianMirror("bookworm", directory)).toBe("http://near/debian");
  });

  test("the standard one where apt names none that fits", () => {
    expect(debianMirror("bookworm", directory)).toBe(standard);
    sources("sources.list", "deb http://near/ubuntu jammy main\ndeb https://safe/debian bookworm main\n");
    expect(debianMirror("bookworm", directory)).toBe(standard);
  });
});

test("the MTU is that of the interface which the default route uses", () => {
  mkdirSync(join(directory, "net/tun0"), { recursive: true });
  writeFileSync(join(directory, "net/tun0/mtu"), "1400\n");
  const header = "Iface\tDestination\tGateway\tFlags\n";
  writeFileSync(
    join(directory, "route"),
    `${header}docker0\t000011AC\t00000000\t0001\ntun0\t00000000\t010200C0\t0003\n`,
  );
  expect(defaultRouteMtu(join(directory, "route"), join(directory, "net"))).toBe(1400);
  writeFileSync(join(directory, "route"), header);
  expect(defaultRouteMtu(join(directory, "route"), join(directory, "net"))).toBeUndefined();
});

describe("images", () => {
  type Image = { name: string; from?: string; reference: string };
  const plan: Image[] = imagePlan();

  test("each is built after the one it stands on, under a name of our own with a hash", () => {
    plan.forEach(({ from, reference, name }, position) => {
      expect(reference).toMatch(new RegExp(`^longshore-dev/${name}:[0-9a-f]{12}$`));
      expect([undefined, ...plan.slice(0, position).map((image) => image.name)]).toContain(from);
    });
  });

  test("those asked for come with what they stand on", () => {
    const names = withParents(plan, ["dind"]).map((image: Image) => image.name);
    expect(names).toEqual(["root", "base", "helper", "docker", "dind"]);
  });
});
