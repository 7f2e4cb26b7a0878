// Starts the project's own dockerd, detached: it goes on when the bootstrap ends. Whatever a killed one left is cured.
import { spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { explain } from "../bootstrap/causes.mjs";
import { BootstrapFailure, lastLines } from "../bootstrap/failure.mjs";
import { withLock } from "../bootstrap/lock.mjs";
import { engine, engineHome } from "../bootstrap/places.mjs";
import { startOf } from "../bootstrap/processes.mjs";
import { step } from "../bootstrap/progress.mjs";
import { EngineClient } from "./client.mjs";
import { requireDiskSpace } from "./disk.mjs";
import { endpointOf } from "./endpoint.mjs";
import { end, ourContainerd, ourContainerProcesses, ourDaemon, unmountOurs } from "./leftovers.mjs";
import { defaultRouteMtu } from "./network.mjs";
import { installEnginePackages, requireRootOnDebian, systemPath } from "./packages.mjs";

const wrapper = fileURLToPath(new URL("runc-capability-wrapper.sh", import.meta.url));
const client = () => new EngineClient(endpointOf(`unix://${engine.socket}`));
const program = "dockerd";
const startLimit = 60_000;
export const lockFile = `${engineHome}/start.lock`;

export async function startPrivateEngine() {
  requireRootOnDebian("no Docker engine answers, and a private one can be started");
  refuseLongPath();
  mkdirSync(engineHome, { recursive: true, mode: 0o711 });
  await withLock(lockFile, 15 * 60_000, async () => {
    if ((await client().ping()) === true) return; // another bootstrap was faster
    requireDiskSpace(engineHome);
    await installEnginePackages();
    await step(`starting a private Docker engine in ${engineHome}`, async () => {
      await endThePredecessor();
      await launch();
    });
  });
}

async function endThePredecessor() {
  const daemon = ourDaemon();
  if (daemon && (await answersWithin(10_000))) return;
  if (daemon) await end([daemon], 15_000);
  await end(ourContainerd(), 5000);
  for (const file of [engine.pidFile, engine.socket]) rmSync(file, { force: true });
  if (ourContainerProcesses().length === 0) {
    // Nothing lives: its run-time state is that of a killed engine, or from before a reboot.
    await unmountOurs();
    rmSync(engine.exec, { recursive: true, force: true });
    return;
  }
  // dockerd ends these containers itself when it finds containerd's state. But a dead containerd that nobody has reaped
  // yet still answers to its pid, and dockerd would wait for it until it gives up.
  const containerd = `${engine.exec}/containerd`;
  for (const name of ["containerd.pid", "containerd.sock", "containerd.sock.ttrpc"]) {
    rmSync(`${containerd}/${name}`, { force: true });
  }
}

async function launch() {
  if ((await client().ping()) === true) return;
  mkdirSync(engine.data, { recursive: true, mode: 0o711 });
  // A copy: the engine outlives the clone that started it. By rename, as a running shim may be reading it.
  copyFileSync(wrapper, `${engine.runtime}.new`);
  chmodSync(`${engine.runtime}.new`, 0o755);
  renameSync(`${engine.runtime}.new`, engine.runtime);
  writeFileSync(engine.config, "{}\n"); // not the machine's /etc/docker/daemon.json
  if (existsSync(engine.log)) renameSync(engine.log, `${engine.log}.old`);
  const log = openSync(engine.log, "a");
  const env = { ...process.env, PATH: systemPath };
  for (const name of ["DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"]) delete env[name];
  const daemon = spawn(program, daemonArguments(), { cwd: "/", detached: true, env, stdio: ["ignore", log, log] });
  let problem;
  daemon.once("error", (error) => (problem = error.message));
  daemon.unref();
  await untilItAnswers(daemon, () => problem);
}

function daemonArguments() {
  const options = {
    "config-file": engine.config,
    "data-root": engine.data,
    "exec-root": engine.exec,
    pidfile: engine.pidFile,
    host: `unix://${engine.socket}`,
    "add-runtime": `longshore=${engine.runtime}`,
    "default-runtime": "longshore",
  };
  const mtu = defaultRouteMtu();
  if (mtu) options.mtu = String(mtu);
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
}

async function untilItAnswers(daemon, problem) {
  for (const until = Date.now() + startLimit; Date.now() < until; await sleep(50)) {
    if ((await client().ping(1000)) === true) return;
    if (problem() || daemon.exitCode !== null || startOf(daemon.pid) === undefined) {
      throw explain("dockerd", "starting the private Docker engine", problem() ?? logText());
    }
  }
  await end([{ pid: daemon.pid }], 10_000);
  throw new BootstrapFailure(
    `the private Docker engine did not answer within ${startLimit / 1000} s`,
    `look into ${engine.log}, then run the command again`,
    lastLines(logText(), 15),
  );
}

async function answersWithin(limit) {
  for (const until = Date.now() + limit; Date.now() < until; await sleep(200)) {
    if ((await client().ping(1000)) === true) return true;
  }
  return false;
}

function refuseLongPath() {
  if (Buffer.byteLength(engine.socket) <= 107) return;
  throw new BootstrapFailure(
    `the path of the private engine's socket, ${engine.socket}, is longer than the 107 bytes that the kernel allows`,
    "set LONGSHORE_DEV_DIR to a shorter path",
  );
}

const logText = () => (existsSync(engine.log) ? readFileSync(engine.log, "utf8") : "");
