import { randomInt } from "node:crypto";
import { issueDaemonCertificates } from "../../../../src/daemon/certificates.ts";
import { Place } from "../../../e2e/container/place.ts";
import { connectEngine, execute, images } from "../../../support/engine.ts";
import { copyImages, untilAnswers } from "../../../support/nested-daemon.ts";

/**
 * A Docker daemon on a host whose way out takes less than Docker's default of 1500 bytes, and loses what is larger
 * without a word.
 */
export interface NarrowUplink extends AsyncDisposable {
  /** Address of that daemon, which has docker's image and dind's. */
  readonly host: string;
  /** Beyond that way out: address of an HTTPS server on port 443, which answers anything with `size` bytes. */
  readonly server: string;
  /** Signed the server's certificate. */
  readonly authority: string;
  readonly size: number;
}

export const uplinkMtu = 1400;

const size = 20 * 1024 * 1024;
const serve = `
const { CERT: cert, KEY: key } = process.env;
require("node:https").createServer({ cert, key }, (_, response) => response.end(Buffer.alloc(${size}))).listen(443);
`;
const lifetimeMs = 3_600_000;

/**
 * Two networks with a router between them: on the narrow one the daemon's host, on the other the server, whose packets
 * are of full size. The router doesn't say when one is too large for the next network. All of it is in namespaces that
 * are made for this.
 */
export async function startNarrowUplink(): Promise<NarrowUplink> {
  await using cleanup = new AsyncDisposableStack();
  const place = cleanup.use(Place.of());
  const { engine } = place;
  const narrow = await makeNetwork(place, "narrow", uplinkMtu);
  const wide = await makeNetwork(place, "wide", 1500);
  const router = await place.start("router", {
    Image: images.docker,
    Entrypoint: ["sleep", "3600"],
    HostConfig: { Privileged: true, NetworkMode: narrow.name, Sysctls: { "net.ipv4.ip_forward": "1" } },
    NetworkingConfig: narrow.at(3),
  });
  await engine.getNetwork(wide.name).connect({ Container: router });
  const rules = [
    `iptables -t nat -A POSTROUTING -d ${wide.subnet} -j MASQUERADE`,
    "iptables -A OUTPUT -p icmp --icmp-type fragmentation-needed -j DROP",
  ];
  await execute(engine, router, "sh", "-ec", rules.join("\n"));

  const server = wide.address(4);
  const { server: certificate } = await issueDaemonCertificates([server], Date.now(), lifetimeMs);
  await place.start("server", {
    Image: images.node,
    Entrypoint: ["node", "-e", serve],
    Env: [`CERT=${certificate.cert}`, `KEY=${certificate.key}`],
    // The kernel's own way out of a black hole, which few have switched on.
    HostConfig: { NetworkMode: wide.name, Sysctls: { "net.ipv4.tcp_mtu_probing": "0" } },
    NetworkingConfig: wide.at(4),
  });
  await execute(engine, router, "bash", "-c", `until (: <>/dev/tcp/${server}/443) 2>/dev/null; do sleep 0.1; done`);

  const daemon = await place.start("host", {
    Image: images.dind,
    Cmd: ["--tls=false"],
    Env: ["DOCKER_TLS_CERTDIR="],
    HostConfig: {
      Privileged: true,
      NetworkMode: narrow.name,
      Binds: [`${await place.volume("data")}:/var/lib/docker`],
    },
    NetworkingConfig: narrow.at(2),
  });
  await execute(engine, daemon, "busybox", "ip", "route", "replace", "default", "via", narrow.address(3));
  const host = `tcp://${narrow.address(2)}:2375`;
  const inside = connectEngine(host);
  await untilAnswers(inside);
  await copyImages(engine, inside, [images.docker, images.dind]);
  const owned = cleanup.move();
  return { host, server, authority: certificate.ca, size, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Its addresses are outside the pools that daemons take their networks from. */
async function makeNetwork(place: Place, title: string, mtu: number) {
  const name = place.name(title);
  const start = `198.18.${randomInt(256)}`;
  const subnet = `${start}.0/28`;
  await place.engine.createNetwork({
    Name: name,
    Labels: place.labels,
    IPAM: { Config: [{ Subnet: subnet, Gateway: `${start}.1` }] },
    Options: { "com.docker.network.driver.mtu": String(mtu) },
  });
  const address = (last: number) => `${start}.${last}`;
  const at = (last: number) => ({ EndpointsConfig: { [name]: { IPAMConfig: { IPv4Address: address(last) } } } });
  return { name, subnet, address, at };
}
