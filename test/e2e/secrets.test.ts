import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { JobHandle } from "../../src/coordinator/embedded/job-record.ts";
import { findObjects } from "../../src/docker/sweep.ts";
import { agentLabel } from "../../src/job/labels.ts";
import { finished, startTestCoordinator, type TestCoordinator } from "../support/coordinator.ts";
import {
  connectEngine,
  containersOf,
  engineHost,
  hostAddress,
  images,
  objectsOf,
  removeReusable,
} from "../support/engine.ts";
import { type OtlpReceiver, startOtlpReceiver } from "../support/otlp-receiver.ts";
import { type RefusingRegistry, startRefusingRegistry } from "../support/refusing-registry.ts";
import { createRepository, type TestRepository } from "../support/repository.ts";
import { canaries, Search, wantedOf } from "./secrets/canaries.ts";
import { lookAtCommands } from "./secrets/commands.ts";
import { jobs, patient } from "./secrets/jobs.ts";
import { configText, type Entry, launch, makeHome, type Started } from "./secrets/launched.ts";
import { lookIntoFiles, watchProcesses } from "./secrets/look-around.ts";

const engine = connectEngine();
const beside = "config.toml and what lies beside it";
const tokens = Object.fromEntries(
  ["plain", "clone", "socket", "dind"].map((tag) => [`runner ${tag}`, `canary-runner-${tag}-${process.pid}`]),
);
/** What config.toml and the environment hold by the admin's own hand. */
const ofAdmin = [
  ...Object.keys(tokens),
  "cloneUrlPassword",
  "environmentToken",
  "proxyPassword",
  "otlpHeader",
  "homeLogin",
];
const search = new Search(() =>
  wantedOf({
    ...canaries,
    ...tokens,
    ...Object.fromEntries(coordinator.jobs().map(({ id, token }) => [`job token ${id}`, token])),
  }),
);
let coordinator: TestCoordinator;
let registry: RefusingRegistry;
let repository: TestRepository;
let otlp: OtlpReceiver;
let directory: string;
let agent: Started;
let entries: Entry[];

beforeAll(async () => {
  const address = await hostAddress(engine);
  coordinator = await startTestCoordinator({ listen: [`${address}:0`] });
  [registry, repository, otlp] = await Promise.all([
    startRefusingRegistry(address),
    createRepository(),
    startOtlpReceiver(),
  ]);
  await repository.commit({ "a.txt": "a" });
  coordinator.serveRepository("group/project", repository.bare);
  directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
  await makeHome(directory, canaries.masked);
  const auths = { "home.example.com": { auth: Buffer.from(`u:${canaries.homeLogin}`).toString("base64") } };
  await writeFile(join(directory, "home/.docker/config.json"), JSON.stringify({ auths }), { mode: 0o600 });
  const refused = new URL(coordinator.url);
  [refused.username, refused.password] = ["user", canaries.cloneUrlPassword];
  entries = ["plain", "clone", "socket", "dind"].map((tag) => ({
    name: tag,
    url: coordinator.url,
    token: coordinator.addRunner({ token: tokens[`runner ${tag}`] ?? "", tags: [tag], runUntagged: false }).token,
    host: engineHost,
    settings: [
      `environment = ["DEPLOY_TOKEN=${canaries.environmentToken}"]`,
      `builds_dir = "${directory}/builds-${tag}"`,
      tag === "clone" ? `clone_url = "${refused.href}"` : "",
    ].join("\n"),
    docker:
      tag === "dind"
        ? `[runners.docker.daemon]\nwiring = "dind"\nimage = "${images.dind}"`
        : tag === "socket"
          ? `[runners.docker.daemon]\nwiring = "socket"`
          : "",
  }));
  await writeFile(configFile(), configText(entries, "127.0.0.1:0"), { mode: 0o600 });
});

afterAll(async () => {
  if (agent.child.exitCode === null && agent.child.signalCode === null) agent.child.kill("SIGKILL");
  const [agentId = ""] = await readdir(join(directory, "state"));
  await removeReusable(engine, agentId);
  const left = await objectsOf(engine, agentId);
  await Promise.all([coordinator, registry, repository, otlp].map((each) => each[Symbol.asyncDispose]()));
  await rm(directory, { recursive: true, force: true });
  expect([left.containers, left.networks, left.volumes]).toEqual([[], [], []]);
});

const configFile = () => join(directory, "conf/config.toml");

function start(format: string): Started {
  const args = [
    "--debug",
    "--log-format",
    format,
    "run",
    "--config",
    configFile(),
    "--state-dir",
    join(directory, "state"),
  ];
  return launch(directory, args, {
    HTTPS_PROXY: `http://user:${canaries.proxyPassword}@127.0.0.1:1`,
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_HEADERS: `api-key=${canaries.otlpHeader}`,
  });
}

const add = async (name: keyof ReturnType<typeof jobs>): Promise<JobHandle> => {
  const { tag, parts } = jobs({ url: coordinator.url, registry: registry.local, repository })[name];
  return coordinator.addJob(parts, { tags: [tag] });
};

async function ended(job: JobHandle): Promise<string> {
  const { log } = await finished(coordinator, job, 100_000);
  // Git's own trace and what the script prints are masked, so that they tell what was there.
  search.look("job logs, as the coordinator has them", log);
  return log;
}

it("jobs that end well and jobs that fail show no secret to anybody, at debug level, in JSON", async () => {
  agent = start("json");
  await using _ = watchProcesses(search, () => agent.pid, ofAdmin);
  await agent.says("Metrics server listening on ");
  // Refused once, which is told; a broken answer is only tried again.
  const refusals = { 403: `token ${tokens["runner plain"]} is unknown`, 500: `bad ${canaries.masked}` };
  for (const [status, message] of Object.entries(refusals))
    coordinator.faults.add({
      endpoint: "request-job",
      fault: { kind: "status", status: Number(status), json: { message } },
    });
  const names = Object.keys(jobs({ url: coordinator.url, registry: registry.local, repository })) as (keyof ReturnType<
    typeof jobs
  >)[];
  const all = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await add(name)] as const)));
  const tooLarge = all["an artifact that is too large"] as JobHandle;
  coordinator.faults.add({ endpoint: "upload-artifacts", fault: { kind: "status", status: 413 }, jobId: tooLarge.id });
  for (const { id, token } of Object.values(all))
    coordinator.faults.add({
      endpoint: "update-job",
      jobId: id,
      after: 1,
      fault: { kind: "status", status: 500, json: { message: `no ${token} ${canaries.payloadPassword}` } },
    });
  const logs = Object.fromEntries(
    await Promise.all(Object.entries(all).map(async ([name, job]) => [name, await ended(job)] as const)),
  );
  expect(Object.fromEntries(Object.entries(all).map(([name, { state }]) => [name, state]))).toEqual({
    "the job's sources": "success",
    "sources with a token of another job": "failed",
    "sources with a login in clone_url": "success",
    "a registry that refuses the login": "failed",
    "a masked image": "failed",
    "a masked service": "failed",
    "an artifact that is too large": "failed",
    "a script that fails": "failed",
    "a daemon of its own": "success",
  });
  expect(logs["the job's sources"]).toContain("masked: [MASKED], token: [MASKED]");
  expect(agent.output()).toContain("token [REDACTED] is unknown");
  const address = /Metrics server listening on ([\d.:]+)/.exec(agent.output())?.[1] ?? "";
  for (const page of ["metrics", "debug/jobs/list"])
    search.look(`http://.../${page}`, await (await fetch(`http://${address}/${page}`)).text());
});

it("a job that runs has its secrets in files that only the owner reads, and in nobody's arguments", async () => {
  const job = await coordinator.addJob(patient(registry.local), { tags: ["plain"] });
  await coordinator.waitFor(job.id, (known) => known.finished || known.traceSize > 0, AbortSignal.timeout(60_000));
  while (!(await job.readTrace()).includes("the job waits\n")) await new Promise((resolve) => setImmediate(resolve));
  const [agentId = ""] = await readdir(join(directory, "state"));
  const { containers } = await findObjects(engine, [`${agentLabel}=${agentId}`], AbortSignal.timeout(10_000));
  for (const id of containers)
    search.look("docker top of its containers", JSON.stringify(await engine.getContainer(id).top()));
  const inState = [...Object.keys(canaries), `job token ${job.id}`];
  expect(
    await lookIntoFiles(search, join(directory, "state"), "files of the state directory, a job running", inState),
  ).toEqual([]);
});

it("an agent that is killed leaves no core file, and no debugger's port opens", async () => {
  // Node's own handler of SIGUSR1 would open the port.
  const [, caught = ""] = /^SigCgt:\s*(\w+)$/m.exec(await readFile(`/proc/${agent.pid}/status`, "utf8")) ?? [];
  expect((BigInt(`0x${caught}`) >> BigInt(constants.signals.SIGUSR1 - 1)) & 1n).toBe(0n);
  agent.child.kill("SIGUSR1");
  agent.child.kill("SIGABRT");
  expect(await agent.exit).toBe("SIGABRT");
  expect(agent.output()).not.toContain("Debugger");
  expect(await readdir(join(directory, "cwd"))).toEqual([]);
  search.look("the agent's output, JSON", agent.output());
});

it("another one goes on with what it left; an error that nobody caught is told without what hangs on it", async () => {
  agent = start("text");
  await agent.says("of an earlier run goes on");
  const [agentId = ""] = await readdir(join(directory, "state"));
  const left = coordinator.jobs().filter(({ finished }) => !finished);
  for (const { id } of left)
    for (const build of await containersOf(engine, agentId, id, "build")) await engine.getContainer(build).kill();
  for (const job of left) await ended(job);
  await ended(await add("a masked image"));
  agent.child.kill("SIGUSR2");
  await agent.says("unexpected");
  agent.child.kill("SIGWINCH");
  expect(await agent.exit).toBe(1);
  expect(agent.output()).toMatch(/FATAL: unexpected: POST https:\/\/\[REDACTED\]@example\.com\/ failed/);
  search.look("the agent's output, text", agent.output());
});

it("nothing of a job's secrets is left on the disk when it is over", async () => {
  agent = start("runner");
  await agent.says("Docker daemon answers", 4);
  await ended(await add("a registry that refuses the login"));
  agent.child.kill("SIGQUIT");
  expect(await agent.exit).toBe(0);
  search.look("the agent's output, runner", agent.output());
  for (const { body } of otlp.requests) search.look("spans, as the receiver has them", body);
  await Promise.all(
    ["state", "cwd", "tmp"].map(async (name) =>
      expect(await lookIntoFiles(search, join(directory, name), `files of ${name}, no job running`, [])).toEqual([]),
    ),
  );
  expect(await lookIntoFiles(search, join(directory, "conf"), beside, ofAdmin)).toEqual([]);
  await lookIntoFiles(search, join(directory, "builds-socket"), "builds on the host, no job running", []);
});

it("no command prints a token that it was not asked for", async () => {
  await lookAtCommands({ search, directory, coordinator, entries, tokens, configFile: configFile() });
  expect(await lookIntoFiles(search, join(directory, "conf"), beside, ofAdmin)).toEqual([]);
});

it("no canary was anywhere it must not be", () => {
  process.stdout.write(`${search.table()}\n`);
  expect(search.places().filter(({ found }) => found.length > 0)).toEqual([]);
});
