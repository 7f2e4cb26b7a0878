import type { Daemon } from "../../../src/daemon/daemons.ts";
import type { Engine } from "../../../src/docker/engine.ts";

interface FakeContainer {
  readonly id: string;
  readonly volume: string;
  readonly labels: Record<string, string>;
}

/** As much of a Docker daemon as volumes and their users need. Containers can't run commands in it. */
export class FakeVolumes {
  readonly volumes = new Map<string, Record<string, string>>();
  readonly createdAt = new Map<string, number>();
  readonly containers: FakeContainer[] = [];
  /** Containers that the daemon says it removes, and keeps. */
  readonly sticky = new Set<string>();
  /** Volumes that the daemon doesn't let go of. */
  readonly busy = new Set<string>();
  readonly daemon: Daemon;

  constructor() {
    const found = (name: string) => {
      const labels = this.volumes.get(name);
      if (labels === undefined) throw failure(404, "no such volume");
      const created = this.createdAt.get(name);
      const CreatedAt = created === undefined ? undefined : new Date(created).toISOString();
      return { Name: name, Labels: labels, CreatedAt };
    };
    const engine = {
      listContainers: async ({ filters }: { filters: { volume: string[] } }) =>
        this.containers
          .filter(({ volume }) => filters.volume.includes(volume))
          .map(({ id, labels }) => ({ Id: id, Labels: labels })),
      createVolume: async ({
        _body: { Name, Labels },
      }: {
        readonly _body: { readonly Name: string; readonly Labels: Record<string, string> };
      }) => {
        if (!this.volumes.has(Name)) this.volumes.set(Name, Labels);
      },
      listVolumes: async () => ({ Volumes: [...this.volumes.keys()].map(found) }),
      getVolume: (name: string) => ({
        inspect: async () => found(name),
        remove: async () => {
          if (this.busy.has(name) || this.containers.some(({ volume }) => volume === name))
            throw failure(409, "volume is in use");
          this.volumes.delete(name);
        },
      }),
      getContainer: (id: string) => ({
        remove: async () => {
          const at = this.containers.findIndex((container) => container.id === id);
          if (at !== -1 && !this.sticky.has(id)) this.containers.splice(at, 1);
        },
        stop: async () => {},
        inspect: async () => {
          throw failure(500, "not here");
        },
        exec: async () => {
          throw failure(409, "the container is not running");
        },
      }),
    };
    const address = { kind: "unix", path: "/fake.sock" } as const;
    this.daemon = { engine: engine as unknown as Engine, address } as Daemon;
  }
}

function failure(statusCode: number, message: string): Error {
  return Object.assign(new Error(message), { statusCode, json: { message } });
}
