import type { Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { images } from "../../support/engine.ts";
import { type EngineFront, startEngineFront } from "../../support/engine-front.ts";

/** Scripts that are to be cut off on their way to the shell. */
let scriptsToCut = 0;
/** Starts of a container of which the daemon says that it runs already. */
let startsToDoubt = 0;
let attached = "";

/**
 * A way to the daemon that ends an attached stream after the words CUT HERE have passed through it, or in the middle of
 * a script.
 */
const relay = (client: Socket, daemon: Socket) => {
  let isAttach = false;
  let isDoubted = false;
  client.on("data", (bytes: Buffer) => {
    const [, id = "", does = ""] =
      /^POST \/containers\/([0-9a-f]+)\/(attach|start)/.exec(bytes.toString("latin1")) ?? [];
    isAttach ||= does === "attach";
    if (does === "attach") attached = id;
    isDoubted = does === "start" && id === attached && startsToDoubt > 0;
    if (isDoubted) startsToDoubt--;
    const at = scriptsToCut > 0 && isAttach ? bytes.indexOf("longshore-begin") : -1;
    if (at === -1) return void daemon.write(bytes);
    scriptsToCut--;
    daemon.end(bytes.subarray(0, at));
    client.destroy();
  });
  daemon.on("data", (bytes: Buffer) => {
    client.write(isDoubted ? bytes.toString("latin1").replace("204 No Content", "304 Not Modified") : bytes);
    if (isAttach && bytes.includes("CUT HERE\n")) client.end();
  });
};

let front: EngineFront;
let coordinator: TestCoordinator;
let agent: TestAgent;

beforeAll(async () => {
  front = await startEngineFront("cut", relay);
  coordinator = await startTestCoordinator();
  agent = await startTestAgent({ coordinator, runners: [{ host: front.host }] });
});

afterAll(async () => {
  await agent[Symbol.asyncDispose]();
  await coordinator.close();
  await front[Symbol.asyncDispose]();
});

describe("a connection to the container that is cut while the script runs", () => {
  it("loses no byte of the log, doubles none, and ends with the script's own exit code", async () => {
    const { job, log } = await agent.run({
      script: [
        "for i in 1 2 3; do echo line $i; done; echo CUT HERE; sleep 3; for i in 4 5 6; do echo line $i; done; exit 5",
      ],
      afterScript: ["echo after"],
    });
    expect(log.match(/^line \d$/gm)).toEqual(["line 1", "line 2", "line 3", "line 4", "line 5", "line 6"]);
    expect(log.match(/^CUT HERE$/gm)).toHaveLength(1);
    expect(log).toContain("\nafter\n");
    expect([job.state, job.exitCode]).toEqual(["failed", 5]);
  });
});

describe("a connection that is cut after lines that are longer than the daemon's pieces", () => {
  it("loses no byte of what follows, and keeps the lines apart", async () => {
    const long = "head -c 40000 /dev/zero | tr '\\0' x";
    const { log } = await agent.run({
      script: [`${long}; echo; echo line 1; echo CUT HERE; sleep 3; ${long}; echo; echo line 2; ${long}`],
    });
    const shown = log
      .match(/x{9,}|^(?:line \d|CUT HERE)$/gm)
      ?.map((line) => line.replace(/x+/, ({ length }) => `${length}`));
    expect(shown).toEqual(["40000", "line 1", "CUT HERE", "40000", "line 2", "40000"]);
    expect(log).not.toContain("longshore-end");
  });
});

describe("a container that was started by somebody else at the same moment", () => {
  it("is started again for the script, and its log has no word of that", async () => {
    startsToDoubt = 1;
    const image = { name: images.base, entrypoint: ["/usr/bin/env", "EXTRA=1"] };
    const { job, log } = await agent.run({ script: ["echo line $((1 + 1)); exit 3"], parts: { image } });
    expect([startsToDoubt, log.match(/^line 2$/gm)]).toEqual([0, ["line 2"]]);
    expect([job.state, job.exitCode]).toEqual(["failed", 3]);
    expect(log).not.toContain("longshore-shell");
  });
});

describe("a connection to the container that is cut while a cancelled script ends itself", () => {
  it("loses nothing of its last words, and doubles none", async () => {
    const job = await agent.start({
      script: [
        "trap 'echo CUT HERE; sleep 1; echo it was told; exit 0' TERM; echo it runs; while :; do sleep 0.1 || :; done",
      ],
      afterScript: ["echo after"],
    });
    await agent.shows(job, "\nit runs\n");
    coordinator.cancel(job.id);
    const { log } = await agent.ended(job);
    expect(log.match(/^(?:CUT HERE|it was told|after)$/gm)).toEqual(["CUT HERE", "it was told", "after"]);
  });
});

describe("a connection that is cut while the script is on its way to the shell", () => {
  it("costs the job nothing: the script runs, and once", async () => {
    scriptsToCut = 1;
    const { job, log } = await agent.run({ script: ["echo line $((1 + 1)); exit 3"], afterScript: ["echo after"] });
    expect([scriptsToCut, log.match(/^line 2$/gm)]).toEqual([0, ["line 2"]]);
    expect([job.state, job.exitCode]).toEqual(["failed", 3]);
    expect(log).not.toMatch(/unexpected|unterminated|syntax/i);
    expect(log).toContain("\nafter\n");
  });

  it.each([
    ["of the image", { name: images.docker }],
    ["that is a shell's -c", { name: images.base, entrypoint: ["/bin/sh", "-c"] }],
    ["of the job", { name: images.base, entrypoint: ["/usr/bin/env", "EXTRA=1"] }],
  ])("costs it nothing behind an entrypoint %s", async (_, image) => {
    scriptsToCut = 1;
    const { job, log } = await agent.run({ script: ["echo line $((1 + 1)); exit 3"], parts: { image } });
    expect([scriptsToCut, log.match(/^line 2$/gm)]).toEqual([0, ["line 2"]]);
    expect([job.state, job.exitCode]).toEqual(["failed", 3]);
    expect(log).not.toMatch(/unexpected|unterminated|syntax|longshore-(?:shell|begin)/i);
  });

  it("again and again ends it with the system, without a word of the script's", async () => {
    scriptsToCut = 3;
    const { job, log } = await agent.run({ script: ["echo line $((1 + 1))"] });
    expect([scriptsToCut, job.failureReason, log.match(/^line 2$/gm)]).toEqual([0, "runner_system_failure", null]);
  });
});
