// Loaded into the agent's process by soak.ts (`node --import`): whoever connects to the socket that LONGSHORE_MEMORY_PROBE
// names gets what the process holds after a full collection, as JSON, so that no garbage is counted.
import { rmSync } from "node:fs";
import { createServer } from "node:net";

const path = process.env["LONGSHORE_MEMORY_PROBE"] ?? "";
rmSync(path, { force: true });
createServer((socket) => {
  socket.on("error", () => {});
  globalThis.gc?.({ type: "major", execution: "sync" });
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  socket.end(JSON.stringify({ rss, heapUsed, external, arrayBuffers }));
})
  .listen(path)
  .unref();
