import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { Daemons } from "../../../src/daemon/daemons.ts";
import { warnAtStart } from "../../../src/doctor/at-start.ts";
import { agentLabel, bootLabel } from "../../../src/job/labels.ts";
import { StateDirectory } from "../../../src/journal/state-directory.ts";
import { systemClock } from "../../../src/support/clock.ts";
import { createLog } from "../../../src/support/log.ts";
import { connectEngine, engineHost, objectsOf } from "../../support/engine.ts";
import { type SecondDaemon, startSecondDaemon } from "../../support/second-daemon.ts";

const engine = connectEngine();
const cleanUp = new AsyncDisposableStack();
let directory: string;
let state: StateDirectory;
let poor: SecondDaemon;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
  cleanUp.defer(() => rm(directory, { recursive: true, force: true }));
  state = await StateDirectory.open(join(directory, "state"), join(directory, "config.toml"));
  cleanUp.defer(() => state.close());
  poor = cleanUp.use(
    await startSecondDaemon([], {
      args: ["--storage-driver=vfs", "--default-address-pool=base=10.250.0.0/24,size=24"],
    }),
  );
});

afterAll(() => cleanUp.disposeAsync());

/** What the agent's log says, from the level info on. */
async function linesAtStart(hosts: readonly string[], stopping = new AbortController().signal): Promise<string> {
  const lines: string[] = [];
  const entries = hosts.map(
    (host, index) =>
      `[[runners]]\nname = "r${index}"\nurl = "http://127.0.0.1:9"\ntoken = "t"\nexecutor = "docker"\n[runners.docker]\nhost = "${host}"\n`,
  );
  const { config } = parseConfig(entries.join(""), "config.toml", { env: {}, home: directory });
  const agent = {
    agentId: basename(state.path),
    clock: systemClock,
    daemons: new Daemons(),
    log: createLog({ level: "info", format: "runner", write: (line) => lines.push(line), colour: false }),
    state,
    stopping,
  };
  await warnAtStart(agent, config.runners, 1);
  return lines.join("");
}

describe("an agent that starts", () => {
  it("says nothing of daemons that are well, nor of one that doesn't answer", async () => {
    expect(await linesAtStart([engineHost, engineHost, "tcp://127.0.0.1:9"])).toBe("");
  });

  it("warns of each fault once, with what to change, however many entries use the daemon", async () => {
    const lines = await linesAtStart([poor.host, poor.host]);
    expect(lines.match(/vfs/g)).toHaveLength(1);
    expect(lines).toMatch(/^WARNING: no address pool is left.* runner=r0 fix=.*default-address-pools/m);
  });

  it("warns of what earlier runs left behind, and not of what this run has made", async () => {
    const make = (name: string, boot: string) =>
      engine.createVolume({ Name: name, Labels: { [agentLabel]: basename(state.path), [bootLabel]: boot } });
    const names = ["own", "dead"].map((kind) => `longshore-test-${kind}-${basename(state.path)}`) as [string, string];
    await make(names[0], state.boot);
    try {
      expect(await linesAtStart([engineHost])).toBe("");
      await make(names[1], "deadboot0000");
      expect(await linesAtStart([engineHost])).toMatch(/0 containers, 0 networks, 1 volumes.*boot=deadboot0000/);
    } finally {
      await Promise.all(names.map((name) => engine.getVolume(name).remove({ force: true })));
    }
  });

  it("is over at once when the agent ends", async () => {
    expect(await linesAtStart([poor.host], AbortSignal.abort(new Error("the agent ends")))).toBe("");
  });

  it("makes nothing on any daemon", async () => {
    const empty = { containers: [], networks: [], volumes: [], kept: [] };
    for (const daemon of [engine, poor.engine]) expect(await objectsOf(daemon, basename(state.path))).toEqual(empty);
  });
});
