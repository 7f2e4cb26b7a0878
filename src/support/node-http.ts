import type { Agent, AgentOptions } from "node:http";
import { createRequire } from "node:module";

const http = createRequire(import.meta.url)("node:http") as typeof import("node:http");

/**
 * node:http without its WebSocket client. An `import` of node:http, ours or a library's, reads every export once, and
 * Node loads that client when its export is read: 5 MiB of memory for something that nobody uses. What is imported
 * after this module is spared it.
 */
for (const name of ["WebSocket", "CloseEvent", "MessageEvent"]) Reflect.deleteProperty(http, name);

export const { createServer, request } = http;

export function httpAgent(options: AgentOptions): Agent {
  return new http.Agent(options);
}
