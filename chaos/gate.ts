import { once } from "node:events";
import { rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** A unix socket's path, or a TCP address. */
export type Place = { readonly path: string } | { readonly host: string; readonly port: number };

/** How bytes go through: at once, in small parts with pauses, not at all. */
export type Passage = "free" | "slow" | "stalled";

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

const slowChunkMs = 40;

/** A way to a server that can be cut, closed, slowed and stopped. Passes the end of each direction on for itself. */
export class Gate implements AsyncDisposable {
  readonly #pairs = new Set<Pair>();
  readonly #onClientBytes: ((client: Socket, bytes: Buffer) => void) | null;
  #server: Server | null = null;
  #place: Place;
  #target: Place | null = null;
  #passage: Passage = "free";
  #freed = Promise.withResolvers<void>();

  /** @param onClientBytes sees what clients send, as it comes */
  constructor(place: Place, onClientBytes: ((client: Socket, bytes: Buffer) => void) | null = null) {
    this.#place = place;
    this.#onClientBytes = onClientBytes;
  }

  /** With the port that it got, after `open`. */
  get place(): Place {
    return this.#place;
  }

  leadsTo(target: Place): void {
    this.#target = target;
  }

  async open(): Promise<void> {
    if (this.#server !== null) return;
    const server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
    if ("path" in this.#place) await rm(this.#place.path, { force: true });
    server.listen(this.#place);
    await once(server, "listening");
    this.#server = server;
    if ("port" in this.#place) this.#place = { ...this.#place, port: (server.address() as AddressInfo).port };
  }

  /** Connections that are there stay; new ones are refused. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    server.close();
    if ("path" in this.#place) await rm(this.#place.path, { force: true });
  }

  /** Resets those of the present connections that `hit` says yes to; returns how many. */
  cut(hit: () => boolean): number {
    const victims = [...this.#pairs].filter(hit);
    for (const { client, server } of victims) {
      for (const socket of [client, server]) {
        if ("path" in this.#place) socket.destroy();
        else socket.resetAndDestroy();
      }
    }
    return victims.length;
  }

  set passage(passage: Passage) {
    this.#passage = passage;
    this.#freed.resolve();
    this.#freed = Promise.withResolvers();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.passage = "free";
    await this.close();
    this.cut(() => true);
  }

  #accept(client: Socket): void {
    if (this.#target === null) return void client.destroy();
    const server = connect({ ...this.#target, allowHalfOpen: true });
    const pair = { client, server };
    this.#pairs.add(pair);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on("error", () => to.destroy());
      from.on("close", () => this.#pairs.delete(pair));
      this.#pump(from, to, from === client);
    }
  }

  #pump(from: Socket, to: Socket, isClient: boolean): void {
    let last = Promise.resolve();
    from.on("data", (bytes: Buffer) => {
      if (isClient) this.#onClientBytes?.(from, bytes);
      if (this.#passage === "free") {
        if (to.write(bytes)) return;
        from.pause();
        to.once("drain", () => from.resume());
        return;
      }
      from.pause();
      last = this.#admit().then(() => {
        if (to.destroyed) return;
        if (to.write(bytes)) from.resume();
        else to.once("drain", () => from.resume());
      });
    });
    // Also where what was read has still to be let through.
    from.on("end", () => void last.then(() => to.end()));
    from.on("close", () => void last.then(() => to.destroySoon()));
  }

  async #admit(): Promise<void> {
    while (this.#passage === "stalled") await this.#freed.promise;
    if (this.#passage === "slow") await pause(slowChunkMs);
  }
}
