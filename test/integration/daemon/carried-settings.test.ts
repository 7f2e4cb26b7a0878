import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import type { DockerConfig } from "../../../src/config/schema.ts";
import { Daemons } from "../../../src/daemon/daemons.ts";
import { buildImage } from "../../support/built-image.ts";
import { images } from "../../support/engine.ts";
import { type SecondDaemon, startSecondDaemon } from "../../support/second-daemon.ts";
import { sharedAgent } from "../../support/shared-agent.ts";

const limitMs = 60_000;
const settings = `privileged = true
dns = ["10.11.12.13"]
dns_search = ["inner.test"]
`;
const ulimit = `[runners.docker.ulimit]\nnofile = "1000:2000"\n`;
const { agent } = sharedAgent({
  concurrent: 2,
  runners: [
    { tag: "own", docker: settings + ulimit },
    {
      tag: "sidecar",
      docker: `${settings}[runners.docker.daemon]\nwiring = "dind"\nimage = "${images.dind}"\n${ulimit}`,
    },
  ],
});

const script = [
  "cp /bin/busybox . && printf 'FROM scratch\\nCOPY busybox /bin/busybox\\nCOPY busybox /bin/sh\\n' >Dockerfile",
  "docker build -q -t built . >/dev/null",
  "docker run --rm built /bin/busybox cat /etc/resolv.conf",
  "docker run --rm built /bin/sh -c 'echo files $(ulimit -Sn) $(ulimit -Hn)'",
];

describe.concurrent("a daemon inside a job", () => {
  it.each([
    ["own", [{ name: images.dind, alias: "docker" }]],
    ["sidecar", []],
  ])("asks the name servers, and has the limits, of config.toml (%s)", async (tag, services) => {
    const { job, log } = await agent().run({ image: images.docker, services, script }, tag);
    expect(job.state).toBe("success");
    expect(log).toContain("\nnameserver 10.11.12.13\n");
    expect(log).toMatch(/^search inner\.test$/m);
    expect(log).toContain("\nfiles 1000 2000\n");
    await agent().cleanedUp(job);
  });
});

describe("a daemon on another host", () => {
  let second: SecondDaemon;

  beforeAll(async () => {
    second = await startSecondDaemon([images.tiny], {
      args: ["--insecure-registry=registry.test:5000", "--insecure-registry=10.0.0.0/8", "--mtu=1380"],
      env: ["HTTPS_PROXY=http://proxy.test:3128", "NO_PROXY=registry.test"],
    });
  });
  afterAll(() => second[Symbol.asyncDispose]());

  const connect = async (image: string) => {
    const daemons = new Daemons(() => ({ image, labels: { "dev.longshore.test": "uplink" } }));
    const daemon = await daemons.get(dockerConfig(second.host), AbortSignal.timeout(limitMs));
    await daemon.learnMore();
    return daemon;
  };

  it("is asked for all that one inside a job must know, too", async () => {
    const { facts, hostAddress } = await connect(images.tiny);
    expect(facts.insecureRegistries).toEqual(["registry.test:5000", "10.0.0.0/8"]);
    expect(facts.proxy).toEqual({ HTTPS_PROXY: "http://proxy.test:3128", NO_PROXY: "registry.test" });
    expect(facts.minApiVersion).toMatch(/^1\.\d+$/);
    expect(hostAddress).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  });

  it("has its uplink looked at from there, and leaves no container behind", async () => {
    const daemon = await connect(images.tiny);
    const { interfaceMtu } = await look(second);
    expect(daemon.uplinkMtu).toBe(interfaceMtu);
    expect(daemon.networkMtu).toBe(1380);
    expect(await second.engine.listContainers({ all: true })).toEqual([]);
  });

  it("is looked at no longer than the agent runs, though the container hangs, which goes with it", async () => {
    const dockerfile = `FROM ${images.tiny}\nRUN ["/bin/busybox", "rm", "/bin/sh"]\nCOPY hang /bin/sh\nRUN ["/bin/busybox", "chmod", "755", "/bin/sh"]\n`;
    await using hanging = await buildImage(second.engine, dockerfile, { hang: "#!/bin/busybox ash\nsleep 1000\n" });
    const stopping = new AbortController();
    const daemons = new Daemons(() => ({ image: hanging.name, labels: {} }), stopping.signal);
    const daemon = await daemons.get(dockerConfig(second.host), AbortSignal.timeout(limitMs));
    const learned = daemon.learnMore();
    await vi.waitFor(async () => expect(await second.engine.listContainers()).toHaveLength(1), limitMs);
    stopping.abort(new Error("the agent ends"));
    await daemons.ended();
    await learned;
    expect(await second.engine.listContainers({ all: true })).toEqual([]);
  });

  it("stays one of which nothing is known where there is no image to look with, until there is one", async () => {
    const daemon = await connect("longshore-test/later:1");
    expect(daemon.uplinkMtu).toBeNull();
    await second.engine.getImage(images.tiny).tag({ repo: "longshore-test/later", tag: "1" });
    await daemon.learnMore();
    expect(daemon.uplinkMtu).toBeGreaterThan(0);
  });
});

function dockerConfig(host: string): DockerConfig {
  const text = `[[runners]]\nurl = "https://gitlab.test"\ntoken = "t"\nexecutor = "docker"\n[runners.docker]\nimage = "i"\nhost = "${host}"\n`;
  const [runner] = parseConfig(text, "config.toml", { env: {}, home: "/" }).config.runners;
  if (runner === undefined) throw new Error("there is one entry");
  return runner.docker;
}

/** The same from the container that is the host. */
async function look({ execute }: SecondDaemon): Promise<{ readonly interfaceMtu: number }> {
  return { interfaceMtu: Number(await execute("cat", "/sys/class/net/eth0/mtu")) };
}
