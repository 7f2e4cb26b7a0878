import { afterAll, describe, expect, it } from "vitest";
import { images } from "../../support/engine.ts";
import { sharedAgent } from "../../support/shared-agent.ts";
import { Faults } from "./fault.ts";

const faults = new Faults("MTU");
const { agent } = sharedAgent({ runners: [{ tag: "narrow", docker: "privileged = true\nnetwork_mtu = 1400" }] });

afterAll(() => {
  faults.report();
});

/** Takes one request and its body. */
const server = `use IO::Socket::INET;
my $server = IO::Socket::INET->new(LocalPort => 8000, Listen => 1);
my ($client, $length) = ($server->accept, 0);
while (<$client>) { $length = $1 if /^Content-Length: (\\d+)/i; last if /^\\r\\n$/ }
read $client, $_, $length;
print $client "HTTP/1.0 200 OK\\r\\n\\r\\nthanks\\n";
`;

/**
 * An upload to the job's own container, which says that it takes packets of 1500 bytes as any host far away would, from
 * a container inside the job's dind, by the dind's own programs. What the kernel says about packets that are too large
 * is dropped there, as firewalls on the way do.
 */
const script = [
  "until docker info >/dev/null 2>&1; do sleep 0.2; done",
  `busybox ip link set eth0 mtu 1500; printf %s '${server}' >server.pl; perl server.pl & url=http://$(hostname -i):8000/`,
  "cp /bin/busybox .; printf 'FROM scratch\\nCOPY busybox /bin/\\n' >Dockerfile; docker build -q -t own .",
  "docker run --rm --privileged --net=host -v /:/dind own busybox chroot /dind iptables -I OUTPUT -p icmp -j DROP",
  "docker run --rm -v /:/dind own busybox chroot /dind curl -sS -H Expect: -m 3 --data-binary @/bin/bash $url",
];
const variables = { DOCKER_TLS_CERTDIR: "", DOCKER_HOST: "tcp://docker:2375" };
const services = [{ name: images.dind, alias: "docker", command: ["--tls=false"] }];

describe("a dind on a network of smaller packets than its own", () => {
  it("is why an upload hangs, where autowiring does not tell it", async () => {
    await faults.prove(agent(), {
      title: "a dind that was not told the network's MTU",
      rule: "mtu-black-hole",
      tag: "narrow",
      variables: { ...variables, LONGSHORE_DIND_AUTOWIRE: "false" },
      services,
      script,
      says: /the job's network 1400[^]*--mtu=1400/,
    });
  });

  it("is no trouble where it does", async () => {
    const list = Object.entries(variables).map(([key, value]) => ({ key, value, public: true }));
    const job = { image: images.docker, script, parts: { variables: list, services } };
    const { job: ended, log } = await agent().run(job, "narrow");
    expect([ended.state, log]).toEqual(["success", expect.stringContaining("\nthanks\n")]);
  });
});
