// Ends the private engine with all that runs in it, and on request removes its data.
import { existsSync, readdirSync, rmSync, rmdirSync } from "node:fs";
import { BootstrapFailure } from "../bootstrap/failure.mjs";
import { withLock } from "../bootstrap/lock.mjs";
import { engine, engineHome } from "../bootstrap/places.mjs";
import { say, step } from "../bootstrap/progress.mjs";
import { end, ourContainerd, ourContainerProcesses, ourDaemon, ourMounts, unmountOurs } from "./leftovers.mjs";
import { lockFile } from "./start.mjs";

const ours =
  /^(data|exec|cache|docker\.pid|docker\.sock|dockerd\.log.*|daemon\.json|runc-capability-wrapper\.sh.*|images\.lock)$/;

export async function stopPrivateEngine({ purge = false } = {}) {
  if (!existsSync(engineHome)) return say("there is no private engine on this machine");
  await withLock(lockFile, 60_000, async () => {
    await stopProcesses();
    await unmountOurs();
    for (const file of [engine.pidFile, engine.socket]) rmSync(file, { force: true });
    if (purge) await step(`removing ${engineHome}`, async () => removeData());
  });
  if (purge) removeEmptyHome();
}

async function stopProcesses() {
  const daemon = ourDaemon();
  const leftovers = () => [...ourContainerd(), ...ourContainerProcesses()];
  if (!daemon && leftovers().length === 0) return say("the private engine is not running");
  await step(
    daemon ? `stopping the private engine (pid ${daemon.pid})` : "ending what a killed engine left",
    async () => {
      if (daemon) await end([daemon], 30_000);
      if (!(await end(leftovers(), 5000))) {
        throw new BootstrapFailure(
          "some processes of the private engine do not end",
          `look at them with \`ps -ef | grep ${engineHome}\`; a process in state D waits for a disk`,
          leftovers().map(({ pid, words }) => `${pid} ${words.join(" ").slice(0, 100)}`),
        );
      }
    },
  );
}

// Never rm -r through a mount: it would delete what is mounted.
function removeData() {
  const mounted = ourMounts();
  if (mounted.length > 0) {
    throw new BootstrapFailure(
      `${mounted.length} mounts below ${engineHome} are still there, so its data is not removed`,
      `unmount them (\`umount -l ${mounted[0]}\` and so on), then run the command again`,
    );
  }
  for (const name of readdirSync(engineHome).filter((name) => ours.test(name))) {
    rmSync(`${engineHome}/${name}`, { recursive: true, force: true });
  }
}

// Only when nothing else is in it: LONGSHORE_DEV_DIR may be a directory that holds more than the engine.
function removeEmptyHome() {
  try {
    rmdirSync(engineHome);
  } catch (error) {
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  }
}
