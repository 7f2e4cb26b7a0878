import { expect, it } from "vitest";
import { pack } from "tar-stream";
import type { Engine } from "../../../src/docker/engine.ts";
import type { ImageFacts } from "../../../src/docker/image.ts";
import { wiredSidecar } from "../../../src/executor/daemon-config.ts";
import type { Resources } from "../../../src/executor/resources.ts";
import type { ServiceSpec } from "../../../src/job/plan.ts";
import { planOf } from "../job/autowire-scene.ts";
import { dindImage } from "../job/dind-model.ts";

const image = { ...dindImage, env: [], id: "sha256:dind" } as unknown as ImageFacts;
const signal = new AbortController().signal;

function sidecarOf(docker: string): ServiceSpec {
  const [service] = planOf({
    docker: `dns = ["10.0.0.2"]\n${docker}`,
    services: [],
    tables: '[runners.docker.daemon]\nwiring = "dind"',
    wiring: { kind: "dind", image: "docker:dind", alias: "docker", tls: null, command: ["--debug"], lease: null },
  }).services;
  if (service === undefined) throw new Error("there is one");
  return service;
}

/** @param file what stands in daemon.json; null for none; an error for a daemon that doesn't tell */
function hostWith(file: string | null | Error) {
  const probes: { readonly name: string; readonly binds: readonly string[] }[] = [];
  const engine = {
    getContainer: () => ({
      getArchive: async () => {
        if (file === null) throw Object.assign(new Error("no such file"), { statusCode: 404 });
        if (file instanceof Error) throw file;
        const archive = pack();
        archive.entry({ name: "daemon.json" }, file);
        archive.finalize();
        return archive;
      },
      remove: async () => {},
    }),
  } as unknown as Engine;
  const resources = {
    container: async (spec: { readonly name: string; readonly binds: readonly string[] }) => {
      probes.push(spec);
      return "probe";
    },
  } as unknown as Resources;
  const start = async (service: ServiceSpec) => {
    const wired = await wiredSidecar({ engine, resources, signal }, service, image, Promise.resolve());
    return wired.container.command;
  };
  return { probes, start };
}

const all = ["--tls=false", "--dns=10.0.0.2", "--debug"];
const mounted = 'volumes = ["/etc/dind:/etc/docker:ro"]';

it("a sidecar has no argument that its image's daemon.json has, too, which is looked into once", async () => {
  const { probes, start } = hostWith('{"dns": ["10.9.9.9"]}');
  const sidecar = sidecarOf("");
  expect([await start(sidecar), await start(sidecar)]).toEqual([
    ["--tls=false", "--debug"],
    ["--tls=false", "--debug"],
  ]);
  expect(probes.map(({ binds }) => binds)).toEqual([[]]);
});

it("one without such a file has all, and its image is looked into once", async () => {
  const { probes, start } = hostWith(null);
  expect([await start(sidecarOf("")), await start(sidecarOf(""))]).toEqual([all, all]);
  expect(probes).toHaveLength(1);
});

it("a file that the admin mounts is looked into for each job: it may have changed", async () => {
  const { probes, start } = hostWith('{"dns": [], "tls": false}');
  const sidecar = sidecarOf(mounted);
  expect([await start(sidecar), await start(sidecar)]).toEqual([["--debug"], ["--debug"]]);
  expect(probes.map(({ binds }) => binds)).toEqual([["/etc/dind:/etc/docker:ro"], ["/etc/dind:/etc/docker:ro"]]);
});

it("where it can't be read nothing of ours stands against one that is mounted, and few images have one", async () => {
  expect(await hostWith(new Error("busy")).start(sidecarOf(mounted))).toEqual(["--debug"]);
  expect(await hostWith(new Error("busy")).start(sidecarOf(""))).toEqual(all);
});

it("nobody looks where there is nothing to leave out", async () => {
  const { probes, start } = hostWith(null);
  const { carried: _, ...plain } = sidecarOf("");
  expect(await start(plain)).toEqual(all);
  expect(probes).toEqual([]);
});
