// Where the bootstrap keeps things. The engine's directory is shared by every clone on the machine; .cache is a clone's.
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const project = fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "");
export const cache = join(project, ".cache");

// A socket's path may have 107 bytes, so this one must be short: it cannot lie inside the clone.
export const engineHome = (process.env.LONGSHORE_DEV_DIR || "/var/lib/longshore-dev").replace(/\/+$/, "");
export const engine = {
  data: join(engineHome, "data"),
  exec: join(engineHome, "exec"),
  socket: join(engineHome, "docker.sock"),
  pidFile: join(engineHome, "docker.pid"),
  log: join(engineHome, "dockerd.log"),
  config: join(engineHome, "daemon.json"),
  runtime: join(engineHome, "runc-capability-wrapper.sh"),
  cache: join(engineHome, "cache"),
};
