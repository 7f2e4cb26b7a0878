import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";
import { idle } from "../services/idle.ts";
import type { Surroundings } from "../world.ts";
import { lookedAt } from "./looked-at.ts";

const named = `longshore-test-${randomBytes(4).toString("hex")}`;
const cacheDir = `/tmp/longshore-test-${randomBytes(4).toString("hex")}`;
const made = `longshore-test-${randomBytes(4).toString("hex")}`;

const mounted = lookedAt(
  {
    docker: `volumes = ["/scratch", "/etc/hostname:/mnt/host-file:ro", "${named}:/mnt/named", "${made}:/mnt/made:rw,z"]
volume_driver = "local"
[runners.docker.tmpfs]
"/fast" = "rw,noexec,size=16m"
[runners.docker.services_tmpfs]
"/fast-service" = "rw,size=8m"`,
  },
  { script: ["grep ' /fast ' /proc/mounts"], parts: { services: [idle()] } },
);
const temporary = lookedAt(
  { docker: 'volumes = ["/scratch", "/etc/hostname:/mnt/host-file:ro"]\ndisable_cache = true' },
  { script: ["true"], variables: { GIT_STRATEGY: "empty" } },
);
const onHost = lookedAt(
  { docker: `volumes = ["/scratch"]\ncache_dir = "${cacheDir}"` },
  { script: ["true"], variables: { GIT_STRATEGY: "empty" } },
);

/** Binds by what they are mounted at. */
function bindsOf(container: { readonly HostConfig: { readonly Binds?: readonly string[] | undefined } }) {
  const parts = (container.HostConfig.Binds ?? []).map((text) => text.split(":") as [string, string, string?]);
  return Object.fromEntries(parts.map(([source, at, mode]) => [at, { source, mode }]));
}

/** A volume that config.toml names. */
export async function prepareVolumes({ engine }: Surroundings): Promise<AsyncDisposable> {
  const volumes = [named, made].map((name) => engine.getVolume(name));
  await engine.createVolume({ Name: named, Labels: { "dev.longshore.test": "containers" } });
  return {
    [Symbol.asyncDispose]: async () => {
      await Promise.all(volumes.map((volume) => volume.remove({ force: true })));
      await rm(cacheDir, { recursive: true, force: true });
    },
  };
}

const slot = { GIT_STRATEGY: "empty" };

/** Volumes and files. */
export const volumes: readonly Case[] = [
  mounted("an entry /dst of volumes is a volume that the slot keeps, in all containers", (seen) => {
    const names = [seen.build, seen.helper, ...seen.services].map((each) => bindsOf(each)["/scratch"]?.source);
    expect(names[0]).toMatch(/^runner-[-a-z0-9_]+-cache-[0-9a-f]{32}$/);
    expect(new Set(names).size).toBe(1);
  }),
  mounted("an entry host:/dst:ro is a directory or file of the daemon's host", ({ build, helper }) => {
    for (const each of [build, helper])
      expect(bindsOf(each)["/mnt/host-file"]).toEqual({ source: "/etc/hostname", mode: "ro" });
  }),
  mounted("an entry name:/dst is a volume of that name, and its options are passed on", ({ build, services }) => {
    for (const each of [build, ...services]) {
      expect(bindsOf(each)["/mnt/named"]).toEqual({ source: named, mode: undefined });
      expect(bindsOf(each)["/mnt/made"]).toEqual({ source: made, mode: "rw,z" });
    }
  }),
  {
    title: "variables in volumes are expanded",
    config: { docker: 'volumes = ["/of/$NUMBER"]' },
    job: { script: ["ls -d /of/*"], variables: { GIT_STRATEGY: "empty", NUMBER: "7" } },
    observed: { log: ["\n/of/7\n"] },
    differs: "not before 17.10",
  },
  mounted("volume_driver is that of the volumes that build and helper bring about", ({ build, helper, services }) => {
    expect([build, helper].map(({ HostConfig }) => HostConfig.VolumeDriver)).toEqual(["local", "local"]);
    expect(services[0]?.HostConfig.VolumeDriver ?? "").toBe("");
  }),
  mounted("tmpfs is for build and helper, services_tmpfs for services", ({ build, helper, services, ended }) => {
    for (const { HostConfig } of [build, helper]) expect(HostConfig.Tmpfs).toEqual({ "/fast": "rw,noexec,size=16m" });
    expect(services[0]?.HostConfig.Tmpfs).toEqual({ "/fast-service": "rw,size=8m" });
    expect(ended.log).toMatch(/^tmpfs \/fast tmpfs .*noexec/m);
  }),
  temporary("disable_cache leaves what the admin mounts, and makes no volume that the slot keeps", ({ build }) => {
    expect(bindsOf(build)["/scratch"]?.source ?? "").not.toMatch(/-concurrent-\d+-cache-|^runner-[0-9a-f]{32}-/);
    expect(bindsOf(build)["/mnt/host-file"]?.source).toBe("/etc/hostname");
  }),
  temporary(
    "with disable_cache an entry /dst of volumes is a volume that goes with the job",
    ({ build }) => {
      expect(bindsOf(build)["/scratch"]?.source).toMatch(/-concurrent-\d+-[0-9a-f]{8}-cache-[0-9a-f]{32}$/);
    },
    "before 18.11 there is no volume then",
  ),
  onHost("cache_dir keeps the volumes in a directory of the daemon's host", ({ build }) => {
    const [parent, ...leaves] = bindsOf(build)["/scratch"]?.source.split(/\/(?=runner-)/) ?? [];
    expect(parent).toBe(cacheDir);
    expect(leaves.join("/")).toMatch(/^runner-[-a-z0-9_]+\/[0-9a-f]{32}$/);
  }),
  {
    title: "what a job leaves in a volume of its slot the next one finds",
    config: { name: "kept volumes", settings: "limit = 1", docker: 'volumes = ["/kept"]' },
    prove: async (world) => {
      await world.run({ script: ["echo left behind >/kept/file"], variables: slot });
      const next = await world.run({ script: ["cat /kept/file"], variables: slot });
      expect(next.log).toContain("\nleft behind\n");
    },
  },
  {
    title: "a job of a protected ref has volumes of its own",
    config: { name: "guarded volumes", settings: "limit = 1", docker: 'volumes = ["/kept"]' },
    differs: "not before 18.3",
    prove: async (world) => {
      const git = { repo_url: "", ref: "main", sha: "0".repeat(40), depth: 0, protected: true };
      await world.run({ script: ["echo left behind >/kept/file"], variables: slot });
      const guarded = await world.look({ script: ["ls /kept | wc -l"], variables: slot, parts: { git_info: git } });
      expect(guarded.ended.log).toContain("$ ls /kept | wc -l\n0\n");
      expect(bindsOf(guarded.build)["/kept"]?.source).toMatch(/-protected$/);
    },
  },
  {
    title: "volumes of a slot have GitLab Runner's labels",
    config: { docker: 'volumes = ["/labelled"]' },
    prove: async (world) => {
      const { build } = await world.look({ script: ["true"], variables: slot });
      const volume = await world.engine.getVolume(bindsOf(build)["/labelled"]?.source ?? "").inspect();
      expect(volume.Labels).toMatchObject({
        "com.gitlab.gitlab-runner.type": "cache",
        "com.gitlab.gitlab-runner.managed": "true",
        "com.gitlab.gitlab-runner.project.id": "1",
      });
    },
  },
  {
    title: "volumes of a slot say in labels where they belong",
    config: { docker: 'volumes = ["/labelled"]' },
    prove: async (world) => {
      const { build } = await world.look({ script: ["true"], variables: slot });
      const volume = await world.engine.getVolume(bindsOf(build)["/labelled"]?.source ?? "").inspect();
      expect(volume.Labels).toMatchObject({
        "com.gitlab.gitlab-runner.destination": "/labelled",
        "com.gitlab.gitlab-runner.protected": "false",
        "com.gitlab.gitlab-runner.reusable": "true",
      });
    },
    differs: "not before 18.3",
  },
  {
    title: "volume_driver_ops are the options of the volumes that are made",
    config: {
      docker: `volumes = ["/on-tmpfs"]
volume_driver = "local"
[runners.docker.volume_driver_ops]
type = "tmpfs"
device = "tmpfs"
o = "size=4m"`,
    },
    job: { script: ["grep ' /on-tmpfs ' /proc/mounts"], variables: slot },
    observed: { log: [/^tmpfs \/on-tmpfs tmpfs .*size=4096k/m] },
    differs:
      "a tmpfs is empty for each of its containers, which run one after another: the job doesn't find its directory",
  },
  {
    title: "volume_keep leaves the anonymous volumes of containers, and says so",
    differs: "not before 18.10",
    config: { docker: "volume_keep = true" },
    prove: async (world) => {
      const { services, ended } = await world.look({ script: ["true"], services: [images.registry] });
      const anonymous = (services[0]?.Mounts ?? []).flatMap(({ Type, Name }) =>
        Type === "volume" && /^[0-9a-f]{64}$/.test(Name ?? "") ? [Name ?? ""] : [],
      );
      expect(ended.log).toContain("volume_keep is set");
      expect(anonymous).not.toEqual([]);
      for (const name of anonymous) await world.engine.getVolume(name).inspect();
      const gone = services.map(({ Id }) => world.engine.getContainer(Id).wait({ condition: "removed" }));
      await Promise.allSettled(gone);
      for (const name of anonymous) await world.engine.getVolume(name).remove({ force: true });
    },
  },
  {
    title: "a volume with the root directory as its destination is refused",
    config: { docker: 'volumes = ["/tmp:/"]' },
    job: { script: ["true"] },
    observed: { state: "failed", log: [/root directory as its destination/] },
    differs: "the failure reason there is that of the runner's system, here that of its configuration",
  },
];
