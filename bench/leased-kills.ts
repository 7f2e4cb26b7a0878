/**
 * Kills jobs' own Docker daemons and the agent at random moments while jobs work on leased layer stores, and looks
 * whether any later job suffers: `node bench/leased-kills.ts [--kills 50] [--seed 1]`. Exit code 1 when one does.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { JobHandle, JobParts } from "../src/coordinator/embedded/job-record.ts";
import { sweep } from "../src/docker/sweep.ts";
import { agentLabel, jobLabel } from "../src/job/labels.ts";
import { configText } from "../test/support/agent.ts";
import { finished, scriptJob, startTestCoordinator } from "../test/support/coordinator.ts";
import { connectEngine, images, removeReusable } from "../test/support/engine.ts";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "50" }, seed: { type: "string", default: "1" } },
});
const kills = Number(values.kills);
const limitMs = 240_000;
/** From before a job's daemon starts until after its store is written down. */
const longestDelayMs = 13_000;
const watchEveryMs = 250;

/** Each has stores of its own. */
const keys = [
  { name: "p1", project: 1, isProtected: false },
  { name: "p1-protected", project: 1, isProtected: true },
  { name: "p2", project: 2, isProtected: false },
] as const;
type Key = (typeof keys)[number];

const count = {
  daemonsKilled: 0,
  agentsKilled: 0,
  killsWithoutTarget: 0,
  jobs: 0,
  green: 0,
  diedWithTheirAgent: 0,
  diedWithTheirDaemon: 0,
  failedOtherwise: 0,
  sawAnotherStore: 0,
  storesSharedAtOnce: 0,
};
const stores = new Map<string, number>();
const failures: string[] = [];

const daemon = `[runners.docker.daemon]\nwiring = "dind"\ntls = false\nimage = "${images.dind}"\nstorage = "leased"\n`;
const engine = connectEngine();
const random = randomNumbers(Number(values.seed));

/** Reads all that is in the store, then adds to it: a build, with either builder, an import and a load, and what a job leaves running. */
function work(key: Key, round: number): JobParts {
  const mark = `dev.longshore.bench.key=${key.name}`;
  const script = [
    "foreign=$(docker image ls -q --filter label=dev.longshore.bench.key | sort -u | wc -l)",
    `own=$(docker image ls -q --filter label=${mark} | sort -u | wc -l)`,
    'if [ "$foreign" -ne "$own" ]; then echo "FOREIGN STORE"; exit 9; fi',
    `for image in $(docker image ls -q --filter label=${mark}); do docker run --rm --network none $image sh -c 'cd /made && sha256sum -c sums' >/dev/null; done`,
    "mkdir context; cp /bin/busybox context/",
    `head -c 3000000 /dev/urandom >context/noise`,
    `cat >context/Dockerfile <<'EOF'
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "/bin"]
RUN mkdir /made && head -c 5000000 /dev/urandom >/made/base && cd /made && sha256sum base >sums
COPY noise /made/noise
RUN cd /made && sha256sum noise >>sums && sha256sum -c sums
LABEL ${mark}
EOF`,
    `DOCKER_BUILDKIT=${round % 2} docker build -t made:${round % 5} context`,
    `docker run --rm made:${round % 5} sh -c 'cd /made && sha256sum -c sums'`,
    "tar -C context -c busybox | docker import - imported:latest",
    `docker save made:${round % 5} | docker load`,
    "docker image prune -f >/dev/null",
    `docker run -d --restart always made:${round % 5} sleep 1000`,
  ];
  return scriptJob({
    image: images.docker,
    script,
    variables: { GIT_STRATEGY: "none" },
    parts: {
      job_info: { name: key.name, stage: "test", pipeline_id: 1, project_id: key.project },
      git_info: { repo_url: "https://gitlab.test/group/app.git", ref: "main", protected: key.isProtected },
    } as never,
  });
}

await using cleanup = new AsyncDisposableStack();
const directory = await mkdtemp(join(tmpdir(), "longshore-bench-"));
cleanup.defer(() => rm(directory, { recursive: true, force: true }));
const coordinator = await startTestCoordinator();
cleanup.defer(() => coordinator.close());
const configFile = join(directory, "config.toml");
const stateDir = join(directory, "state");
await writeFile(configFile, configText({ coordinator, runners: [{ docker: daemon }], concurrent: 3 }, directory), {
  mode: 0o600,
});

let agent = await startAgent();
const agentId = await agentIdOf();
cleanup.defer(async () => {
  agent.kill("SIGTERM");
  await once(agent, "exit");
  await sweep(engine, [`${agentLabel}=${agentId}`], AbortSignal.timeout(limitMs));
  await removeReusable(engine, agentId);
});
const watching = new AbortController();
const watch = watchStores(watching.signal);

for (let round = 1; round <= kills; round++) {
  const chosen = [pick(keys), pick(keys)];
  const jobs = await Promise.all(chosen.map((key) => coordinator.addJob(work(key, round))));
  await pause(Math.floor(random() * longestDelayMs));
  const victims = random() < 0.5 ? await killDaemon() : await killAgent();
  const ended = await Promise.all(jobs.map((job) => finished(coordinator, job, limitMs)));
  for (const { job, log } of ended) judge(job, log, victims);
  // Every store that may have been hit is used again, without a kill.
  const after = await Promise.all([...new Set(chosen)].map((key) => coordinator.addJob(work(key, round))));
  for (const job of after) judge(job, (await finished(coordinator, job, limitMs)).log, "none");
  process.stdout.write(
    `round ${round}: ${ended
      .concat()
      .map(({ job }) => job.state)
      .join(" ")}, then ${after.map(({ state }) => state).join(" ")}\n`,
  );
}
watching.abort();
await watch;

console.log(
  JSON.stringify({ seed: Number(values.seed), kills, ...count, stores: Object.fromEntries(stores) }, null, 2),
);
for (const text of failures) console.log(`\n----\n${text}`);
process.exitCode = count.failedOtherwise + count.sawAnotherStore + count.storesSharedAtOnce === 0 ? 0 : 1;

/** @param victims ids of jobs whose daemon was killed; "agent": whatever ran then; "none" */
function judge(job: JobHandle, log: string, victims: ReadonlySet<number> | "agent" | "none"): void {
  count.jobs++;
  const line =
    /Docker layer store: (warm|fresh \(.*\))/.exec(log)?.[1]?.replaceAll(/[0-9a-f]{64}|\d+/g, "N") ?? "not reached";
  stores.set(line, (stores.get(line) ?? 0) + 1);
  if (log.includes("\nFOREIGN STORE")) count.sawAnotherStore++;
  if (job.state === "success") count.green++;
  else if (victims === "agent" && log.includes("the runner was stopped while the job ran")) count.diedWithTheirAgent++;
  else if (victims instanceof Set && victims.has(job.id)) count.diedWithTheirDaemon++;
  else {
    count.failedOtherwise++;
    failures.push(log.slice(-4000));
  }
}

async function killDaemon(): Promise<ReadonlySet<number>> {
  const labels = [`${agentLabel}=${agentId}`, "com.gitlab.gitlab-runner.type=service"];
  const running = await engine.listContainers({ filters: { label: labels } });
  if (running.length === 0) {
    count.killsWithoutTarget++;
    return new Set();
  }
  const victim = pick(running);
  await engine
    .getContainer(victim.Id)
    .kill({ signal: "SIGKILL" })
    .catch(() => count.killsWithoutTarget++);
  count.daemonsKilled++;
  return new Set([Number(victim.Labels[jobLabel])]);
}

async function killAgent(): Promise<"agent"> {
  agent.kill("SIGKILL");
  await once(agent, "exit");
  count.agentsKilled++;
  agent = await startAgent();
  return "agent";
}

async function startAgent(): Promise<ChildProcess> {
  const log = await open(join(directory, "agent.log"), "a");
  const cli = join(import.meta.dirname, "../src/cli.ts");
  const child = spawn(process.execPath, [cli, "run", "--config", configFile, "--state-dir", stateDir], {
    env: { PATH: process.env["PATH"], HOME: directory },
    stdio: ["ignore", log.fd, log.fd],
  });
  await once(child, "spawn");
  await log.close();
  return child;
}

async function agentIdOf(): Promise<string> {
  for (;;) {
    const [found] = await readdir(stateDir).catch(() => []);
    if (found !== undefined) return basename(found);
    await pause(20);
  }
}

/** Of the containers that run, no two may have the same store. */
async function watchStores(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const running = await engine.listContainers({ filters: { label: [`${agentLabel}=${agentId}`] } });
    const used = running.flatMap(({ Mounts }) => Mounts.filter(({ Name }) => Name?.includes("-docker-data")));
    const names = used.map(({ Name }) => Name);
    if (new Set(names).size < names.length) count.storesSharedAtOnce++;
    await pause(watchEveryMs);
  }
}

function pick<T>(list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

/** The same numbers for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
