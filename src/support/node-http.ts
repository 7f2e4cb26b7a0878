import type { Agent, AgentOptions } from "node:http";
import { createRequire } from "node:module";

/**
 * node:http as `require` gives it. An `import` of it reads every export once, among them a WebSocket client that Node
 * loads only then: 5 MiB of memory for something that nobody uses.
 */
const http = createRequire(import.meta.url)("node:http") as typeof import("node:http");

export const { createServer, request } = http;

export function httpAgent(options: AgentOptions): Agent {
  return new http.Agent(options);
}
