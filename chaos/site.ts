import { appendFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "../src/docker/engine.ts";
import { statePathOf } from "../src/journal/state-path.ts";
import { configText } from "../test/support/agent.ts";
import { startTestCoordinator, type TestCoordinator } from "../test/support/coordinator.ts";
import { connectEngine, engineHost, hostAddress, images, removeReusable } from "../test/support/engine.ts";
import { createRepository, type TestRepository } from "../test/support/repository.ts";
import { FinalWords } from "./final-words.ts";
import { Gate, type Place } from "./gate.ts";
import type { AgentFiles } from "./killable-agent.ts";

/** Where a run takes place: a coordinator and a daemon behind gates, and an agent's files. */
export interface ChaosSite extends AsyncDisposable {
  readonly directory: string;
  readonly coordinator: TestCoordinator;
  readonly coordinatorGate: Gate;
  readonly dockerGate: Gate;
  /** Past the gate. */
  readonly engine: Engine;
  readonly repository: TestRepository;
  /** Where the sources come from: a way to the coordinator that is always open, since one clone in half is the job's own failure. */
  readonly gitUrl: string;
  readonly agentFiles: AgentFiles;
  /** In all labels of what the agent makes. */
  readonly agentId: string;
  /** `<state dir>/<agent id>` */
  readonly statePath: string;
  readonly finalWords: FinalWords;
  /** The directory stays when the site goes. */
  keepDirectory(): void;
  /** A line of what happened, with the time since the start. */
  readonly note: (text: string) => void;
}

export interface SiteOptions {
  readonly concurrent: number;
  /** Of [[runners]]: one for each wiring, or the one without any alone. */
  readonly entries: "every wiring" | "one";
  /** Of the agent's process. */
  readonly nodeArguments?: readonly string[];
}

export const sourceText = Array.from({ length: 2_000 }, (_, index) => `line ${index} of the sources\n`).join("");

/** Disposing of it leaves nothing behind. */
export async function openSite(options: SiteOptions): Promise<ChaosSite> {
  await using opened = new AsyncDisposableStack();
  const engine = connectEngine();
  const host = await hostAddress(engine);
  const directory = await mkdtemp(join(tmpdir(), "longshore-chaos-"));
  let isKept = false;
  opened.defer(() => (isKept ? undefined : rm(directory, { recursive: true, force: true })));
  const [tempDir, home, stateDir] = ["tmp", "home", "state"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [tempDir, home, stateDir]) await mkdir(path, { mode: 0o700 });

  const finalWords = new FinalWords();
  const coordinatorGate = opened.use(new Gate({ host, port: 0 }, (client, bytes) => finalWords.hear(client, bytes)));
  const gitGate = opened.use(new Gate({ host, port: 0 }));
  const dockerGate = opened.use(new Gate({ path: join(directory, "docker.sock") }));
  const tcpGate = opened.use(new Gate({ host, port: 0 }));
  for (const gate of [coordinatorGate, gitGate, dockerGate, tcpGate]) await gate.open();
  for (const gate of [dockerGate, tcpGate]) gate.leadsTo(placeOf(engineHost));

  const coordinator = opened.use(
    await startTestCoordinator({
      externalUrl: urlOf(coordinatorGate.place),
      stateDir: join(directory, "coordinator"),
      environment: process.env,
    }),
  );
  for (const gate of [coordinatorGate, gitGate]) gate.leadsTo(placeOf(coordinator.localUrls[0] ?? ""));
  const repository = opened.use(await createRepository());
  await repository.commit({ "data.txt": sourceText });
  coordinator.serveRepository("group/project", repository.bare);

  const configFile = join(directory, "config.toml");
  const docker = { host: dockerHost(dockerGate.place), flags: "", settings: "output_limit = 102400" };
  const daemon = (lines: string) => `[runners.docker.daemon]\n${lines}\n`;
  const socketPath = "path" in placeOf(engineHost) ? `socket_path = "${engineHost.slice("unix://".length)}"` : "";
  const runners = [
    docker,
    { ...docker, tag: "socket", docker: daemon(`wiring = "socket"\n${socketPath}`) },
    { ...docker, tag: "tcp", docker: daemon(`wiring = "tcp"\naddress = "${tcpAddress(tcpGate.place)}"`) },
    { ...docker, tag: "dind", docker: daemon(`wiring = "dind"\ntls = false\nimage = "${images.dind}"`) },
  ];
  const { concurrent, entries, ...rest } = options;
  const wanted = entries === "one" ? runners.slice(0, 1) : runners;
  const text = configText({ coordinator, runners: wanted, concurrent }, directory);
  await writeFile(configFile, `check_interval = 1\n${text}`, { mode: 0o600 });
  const statePath = await statePathOf(stateDir, configFile);
  const agentId = statePath.slice(stateDir.length + 1);
  opened.defer(() => removeReusable(engine, agentId));

  const startedAt = performance.now();
  const all = opened.move();
  return {
    directory,
    coordinator,
    coordinatorGate,
    dockerGate,
    engine,
    repository,
    gitUrl: urlOf(gitGate.place),
    agentFiles: { configFile, stateDir, tempDir, home, logFile: join(directory, "agent.log"), ...rest },
    agentId,
    statePath,
    finalWords,
    keepDirectory: () => {
      isKept = true;
    },
    note: (line) => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(2).padStart(7);
      appendFileSync(join(directory, "chaos.log"), `${new Date().toISOString()} ${seconds} ${line}\n`);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** What is in the agent's directories that should not be: one line each. */
export async function filesLeft({ statePath, agentFiles }: ChaosSite): Promise<string[]> {
  const left = await Promise.all(
    [join(statePath, "jobs"), agentFiles.tempDir].map(async (path) =>
      (await readdir(path).catch(() => [])).map((name) => `file ${join(path, name)}`),
    ),
  );
  return left.flat();
}

function placeOf(address: string): Place {
  if (address.startsWith("unix://")) return { path: address.slice("unix://".length) };
  const { hostname, port } = new URL(address);
  return { host: hostname, port: Number(port) };
}

function urlOf(place: Place): string {
  return "path" in place ? "" : `http://${place.host}:${place.port}`;
}

function tcpAddress(place: Place): string {
  return "path" in place ? "" : `tcp://${place.host}:${place.port}`;
}

function dockerHost(place: Place): string {
  return "path" in place ? `unix://${place.path}` : "";
}
