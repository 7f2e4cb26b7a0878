import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import { execute, images } from "../../support/engine.ts";
import type { Case } from "../case.ts";
import { idle } from "../services/idle.ts";
import type { Surroundings } from "../world.ts";
import { lookedAt } from "./looked-at.ts";

/** A helper takes part in a job without services. */
const withHelper = { GIT_STRATEGY: "empty" };
const mac = "92:d0:c6:0a:29:33";

const settled = lookedAt(
  {
    docker: `dns = ["192.0.2.53", "fd00::53"]
dns_search = ["corp.test"]
extra_hosts = ["database.corp.test:192.0.2.7"]
mac_address = "${mac}"
hostname = "worker"`,
  },
  {
    script: ["cat /etc/resolv.conf /etc/hosts; hostname; cat /sys/class/net/eth0/address"],
    parts: { services: [idle()] },
  },
);
const alone = lookedAt(
  { flags: "FF_TIMESTAMPS = false" },
  { script: ["echo [$CI_BUILD_NETWORK_NAME]"], variables: withHelper },
);
const own = lookedAt(
  { flags: "FF_TIMESTAMPS = false\nFF_NETWORK_PER_BUILD = true", docker: "network_mtu = 1380" },
  { script: ["echo [$CI_BUILD_NETWORK_NAME]", "cat /sys/class/net/eth0/mtu"], variables: withHelper },
);
const onHost = lookedAt({ docker: 'network_mode = "host"' }, { script: ["true"], parts: { services: [idle()] } });
const onNone = lookedAt({ docker: 'network_mode = "none"' }, { script: ["ls /sys/class/net"], variables: withHelper });

const named = `longshore-test-${randomBytes(4).toString("hex")}`;
const other = `longshore-test-${randomBytes(4).toString("hex")}`;

/** What config.toml names and must be there: a network, and a container with a network of its own and a volume. */
export async function prepareNetworks({ engine }: Surroundings): Promise<AsyncDisposable> {
  await using cleanup = new AsyncDisposableStack();
  const network = await engine.createNetwork({ Name: named, Labels: { "dev.longshore.test": "containers" } });
  cleanup.defer(() => network.remove());
  const container = await engine.createContainer({
    name: other,
    Image: images.tiny,
    Labels: { "dev.longshore.test": "containers" },
    Cmd: ["sh", "-c", "echo of another >/kept/file; exec sleep 600"],
    Volumes: { "/kept": {} },
  });
  cleanup.defer(() => container.remove({ force: true, v: true }));
  await container.start();
  return cleanup.move();
}

/** Networks, names and addresses. */
export const networks: readonly Case[] = [
  settled("dns and dns_search are those of all containers", ({ build, helper, services: [service], ended }) => {
    for (const each of [build, helper, service])
      expect(each?.HostConfig).toMatchObject({ Dns: ["192.0.2.53", "fd00::53"], DnsSearch: ["corp.test"] });
    expect(ended.log).toMatch(/^search corp\.test$/m);
  }),
  settled("extra_hosts are in the hosts file of all containers", ({ build, helper, services: [service], ended }) => {
    for (const each of [build, helper, service])
      expect(each?.HostConfig.ExtraHosts).toEqual(["database.corp.test:192.0.2.7"]);
    expect(ended.log).toMatch(/^192\.0\.2\.7\s+database\.corp\.test$/m);
  }),
  settled("hostname is that of build and helper", ({ build, helper, services: [service], ended }) => {
    expect([build, helper].map(({ Config }) => Config.Hostname)).toEqual(["worker", "worker"]);
    expect(service?.Config.Hostname).not.toBe("worker");
    expect(ended.log).toContain("\nworker\n");
  }),
  settled(
    "mac_address is that of the build container, whatever API the daemon speaks",
    ({ build, helper, services: [service], ended }) => {
      const addresses = [build, helper, service].map((each) =>
        Object.values(each?.NetworkSettings.Networks ?? {}).map(({ MacAddress }) => MacAddress),
      );
      expect(addresses[0]).toEqual([mac]);
      expect(addresses.slice(1).flat()).not.toContain(mac);
      expect(ended.log).toContain(`\n${mac}\n`);
    },
    "helper and services get it, too, and can't be reached then from the build container on one bridge; before API 1.44 nobody gets it",
  ),
  alone("a job without services is on the daemon's default network", ({ build, helper, ended }) => {
    expect([build, helper].map(({ HostConfig }) => HostConfig.NetworkMode)).toEqual(["default", "default"]);
    expect(ended.log).toContain("\n[]\n");
  }),
  own("FF_NETWORK_PER_BUILD makes a network for the job, with network_mtu", ({ build, helper, ended }) => {
    const name = build.HostConfig.NetworkMode ?? "";
    expect(name).toMatch(/^runner-[-a-z0-9]+-\d+-\d+-\d+$/);
    expect(helper.HostConfig.NetworkMode).toBe(name);
    expect(ended.log).toContain("/mtu\n1380\n");
  }),
  own(
    "the job's own network is named by CI_BUILD_NETWORK_NAME",
    ({ build, ended }) => {
      expect(ended.log).toContain(`\n[${build.HostConfig.NetworkMode}]\n`);
    },
    "not before 19.0",
  ),
  own("on the job's own network the build container is called build", ({ build }) => {
    expect(Object.values(build.NetworkSettings.Networks)[0]?.Aliases).toContain("build");
  }),
  onHost('network_mode = "host" is that of all containers', ({ build, helper, services }) => {
    for (const { HostConfig } of [build, helper, ...services]) expect(HostConfig.NetworkMode).toBe("host");
  }),
  onNone('network_mode = "none" leaves a job without a network', ({ build, helper, ended }) => {
    for (const { HostConfig } of [build, helper]) expect(HostConfig.NetworkMode).toBe("none");
    expect(ended.log).toMatch(/^\$ ls \/sys\/class\/net\nlo\n/m);
  }),
  {
    title: "network_mode may name a network, which stays, and on which services have their names",
    config: { docker: `network_mode = "${named}"` },
    prove: async (world) => {
      const { build, services, ended } = await world.look({
        script: ["getent hosts db"],
        parts: { services: [idle("db")] },
      });
      expect(ended.log).toMatch(/\$ getent hosts db\n[\d.]+\s+db\n/);
      for (const { HostConfig } of [build, ...services]) expect(HostConfig.NetworkMode).toBe(named);
      expect(Object.values(build.NetworkSettings.Networks)[0]?.Aliases).toContain("build");
      await world.engine.getNetwork(named).inspect();
    },
  },
  {
    title: 'network_mode = "container:NAME" shares the network of a container',
    config: { docker: `network_mode = "container:${other}"\nvolumes_from = ["${other}:ro"]` },
    differs: "the daemon refuses the container for its host name",
    prove: async (world) => {
      const script = ["cat /kept/file; touch /kept/mine 2>/dev/null || echo read-only"];
      const { build, helper, ended } = await world.look({ script, variables: withHelper });
      const { Id } = await world.engine.getContainer(other).inspect();
      for (const { HostConfig } of [build, helper]) expect(HostConfig.NetworkMode).toBe(`container:${Id}`);
      for (const { HostConfig } of [build, helper]) expect(HostConfig.VolumesFrom).toEqual([`${other}:ro`]);
      expect(ended.log).toMatch(/\nof another\nread-only\n/);
    },
  },
  {
    title: "links give other containers of the default network a name",
    config: { docker: `links = ["${other}:database"]` },
    prove: async (world) => {
      const { build, helper, ended } = await world.look({
        script: ["grep database /etc/hosts"],
        variables: withHelper,
      });
      for (const { HostConfig } of [build, helper]) expect(HostConfig.Links?.join()).toMatch(/:\/.*\/database$/);
      expect(ended.log).toMatch(/^[\d.]+\s+database /m);
    },
  },
  {
    title: "a network that is made for a job is a bridge, without IPv6 unless enable_ipv6 says so",
    config: { docker: "enable_ipv6 = false", flags: "FF_TIMESTAMPS = false\nFF_NETWORK_PER_BUILD = true" },
    prove: async (world) => {
      const job = await world.start({ script: ["echo made; until [ -e /tmp/seen ]; do sleep 0.1; done"] });
      await world.shows(job, "\nmade\n");
      const networks = await world.engine.listNetworks();
      const [build = ""] = await world.containers(job.id, "build");
      await execute(world.engine, build, "touch", "/tmp/seen");
      const ofJob = networks.find(({ Labels }) => Labels?.["com.gitlab.gitlab-runner.job.id"] === String(job.id));
      expect(ofJob).toMatchObject({ EnableIPv6: false, Driver: "bridge" });
      await world.ended(job);
    },
  },
  {
    title: "a name in dns is a configuration error",
    config: { docker: 'dns = ["resolver.corp.test"]' },
    job: { script: ["true"] },
    observed: {
      state: "failed",
      failureReason: "runner_configuration_error",
      log: ['invalid DNS server address "resolver.corp.test"'],
    },
    differs: "before 19.2 the daemon gets it, and takes it",
  },
  {
    title: "a mac_address that is none is a configuration error",
    config: { docker: 'mac_address = "92:d0:c6"' },
    job: { script: ["true"] },
    observed: { state: "failed", failureReason: "runner_configuration_error", log: ['invalid MAC address "92:d0:c6"'] },
    differs: "only with a daemon of API 1.44 or later",
  },
];
