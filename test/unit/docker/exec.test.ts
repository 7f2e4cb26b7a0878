import { Duplex } from "node:stream";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../../src/docker/engine.ts";
import { type ExecSpec, runExec } from "../../../src/docker/exec.ts";

const spec: ExecSpec = { command: ["sh"], env: [], user: "", workingDir: "" };
const signal = new AbortController().signal;
const frame = (text: string) => Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, text.length]), Buffer.from(text)]);

/** Whose command prints a word; then `end` befalls its connection. */
function engineWith(end: (stream: Duplex) => void): Engine {
  const stream = new Duplex({ read: () => {}, write: (_chunk, _encoding, callback) => callback() });
  stream.push(frame("out"));
  setImmediate(() => end(stream));
  const exec = async () => ({ id: "exec", start: async () => stream });
  return { getContainer: () => ({ exec }) } as unknown as Engine;
}

describe("a command in a container", () => {
  it("whose connection breaks ends with the daemon's failure, as if the daemon were lost", async () => {
    const broken = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    const engine = engineWith((stream) => stream.destroy(broken));
    await expect(runExec(engine, "id", spec, "", async () => {}, signal)).rejects.toMatchObject({
      name: "DockerError",
      kind: "connection-lost",
      message: "run a command in the container: read ECONNRESET",
    });
  });

  it("whose output nobody can take ends with that, and not as the daemon's failure", async () => {
    const full = new Error("the disk is full");
    const engine = engineWith(() => {});
    await expect(runExec(engine, "id", spec, "", () => Promise.reject(full), signal)).rejects.toBe(full);
  });
});
