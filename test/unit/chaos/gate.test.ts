import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Gate } from "../../../chaos/gate.ts";

const host = "127.0.0.1";
/** Says everything back. */
const server = createServer({ allowHalfOpen: true }, (socket) => {
  // It is cut in some tests.
  socket.on("error", () => {});
  socket.pipe(socket);
});
let gate: Gate;
let port = 0;

beforeEach(async () => {
  if (!server.listening) await once(server.listen(0, host), "listening");
  ({ port } = server.address() as AddressInfo);
  gate = new Gate({ host, port: 0 });
  gate.leadsTo({ host, port });
  await gate.open();
});

afterEach(async () => {
  await gate[Symbol.asyncDispose]();
});

const dial = () => {
  const socket = connect({ ...(gate.place as { host: string; port: number }), allowHalfOpen: true });
  socket.on("error", () => {});
  return socket;
};
const ask = async (socket: Socket, word: string): Promise<string> => {
  socket.write(word);
  return String((await once(socket, "data"))[0]);
};

describe("a gate", () => {
  it("passes bytes on, and the end of one direction for itself", async () => {
    const socket = dial();
    const chunks: Buffer[] = [];
    socket.on("data", (bytes: Buffer) => chunks.push(bytes));
    const sent = Buffer.alloc(3_000_000, "abc");
    socket.end(sent);
    await once(socket, "end");
    expect(Buffer.concat(chunks).equals(sent)).toBe(true);
    socket.destroy();
  });

  it("keeps bytes back while it is stalled, and loses none", async () => {
    const socket = dial();
    expect(await ask(socket, "first")).toBe("first");
    gate.passage = "stalled";
    let come = "";
    socket.on("data", (bytes: Buffer) => (come += bytes.toString()));
    socket.end("second");
    expect(await ask(connect({ host, port }), "past the gate")).toBe("past the gate");
    expect(come).toBe("");
    gate.passage = "slow";
    await once(socket, "end");
    expect(come).toBe("second");
    socket.destroy();
  });

  it("cuts the connections that it is told to", async () => {
    const [one, other] = [dial(), dial()];
    await Promise.all([ask(one, "1"), ask(other, "2")]);
    const closed = [one, other].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    expect(gate.cut(() => true)).toBe(2);
    await Promise.all(closed);
  });

  it("that is closed refuses new connections at its place until it is open again", async () => {
    const { place } = gate;
    await gate.close();
    await expect(once(dial(), "connect")).rejects.toThrow("ECONNREFUSED");
    await gate.open();
    expect(gate.place).toEqual(place);
    const socket = dial();
    expect(await ask(socket, "back")).toBe("back");
    socket.destroy();
  });
});
