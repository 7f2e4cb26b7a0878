import type { EndpointName, Fault } from "../../../src/coordinator/embedded/faults.ts";
import type { CoordinatorFront, ServerCertificate } from "../../support/coordinator-front.ts";
import type { TestCoordinator } from "../../support/coordinator.ts";
import { type Hangs, leap } from "../../support/leaping-exchange.ts";

export interface FaultScene {
  readonly name: string;
  /** Calls hang, so limits are met soon and count for what they stand for. */
  readonly hangs?: Hangs;
  /** What the front shows in good times, and whom the agent trusts; default: plain HTTP. */
  readonly tls?: { readonly certificate: ServerCertificate; readonly ca: string };
  begin(coordinator: TestCoordinator, front: CoordinatorFront): void;
  end?(): void;
}

const calls: readonly EndpointName[] = ["request-job", "patch-trace", "update-job"];
const logCalls: readonly EndpointName[] = ["patch-trace", "update-job"];

/** The fault meets every call to these endpoints while it lasts. */
function always(name: string, fault: () => Fault, endpoints = calls, hangs: Hangs = null): FaultScene {
  return {
    name,
    hangs,
    begin: ({ faults }) => {
      for (const endpoint of endpoints) faults.add({ endpoint, fault: fault(), times: Infinity });
    },
  };
}

/** It meets one call, or as many as are named. */
function once(name: string, endpoint: EndpointName, fault: Fault, times = 1): FaultScene {
  return { name, begin: ({ faults }) => faults.add({ endpoint, fault, times }) };
}

const status = (code: number, headers: Readonly<Record<string, string>> = {}) =>
  always([code, ...Object.entries(headers).map(([key, value]) => `${key}: ${value}`)].join(", "), () => ({
    kind: "status",
    status: code,
    headers,
  }));
const refusal = (code: number, endpoints: readonly EndpointName[]) =>
  always(`${code} to ${endpoints.join(" and ")}`, () => ({ kind: "status", status: code }), endpoints);

export const scenes: readonly FaultScene[] = [
  status(500),
  status(503),
  status(503, { "Retry-After": "3600" }),
  status(429, { "Retry-After": "86400" }),
  always("429, RateLimit-ResetTime in ten hours", () => ({
    kind: "status",
    status: 429,
    headers: { "RateLimit-ResetTime": new Date(leap.clock.now() + 36_000_000).toUTCString() },
  })),
  status(401),
  refusal(400, logCalls),
  refusal(409, calls),
  always("502 with a page", () => ({ kind: "page", status: 502 })),
  always("404 with a page (a proxy without its backend)", () => ({ kind: "page", status: 404 })),
  always("403 with a page (a firewall)", () => ({ kind: "page", status: 403 }), logCalls),
  always("200 with a page (maintenance)", () => ({ kind: "page", status: 200 })),
  status(307, { Location: "http://169.254.169.254/latest/meta-data/" }),
  status(307, { Location: "http://elsewhere.example.com/" }),
  always("reset before anything is read", () => ({ kind: "reset", when: "before" })),
  always("reset in the middle of a request's body", () => ({ kind: "reset", when: "mid-body" })),
  always("answers lost after all was done", () => ({ kind: "reset", when: "after" }), logCalls),
  always("reset in the middle of an answer's body", () => ({ kind: "cut-answer", bytes: 1 })),
  always("headers never come", () => ({ kind: "hang" }), calls, "calls"),
  always("an answer's body stops", () => ({ kind: "stall", bytes: 1 }), calls, "bodies"),
  always("an answer's body has no end", () => ({ kind: "endless" })),
  always("an answer's body comes by single bytes", () => ({ kind: "endless", everyMs: 10 }), calls, "bodies"),
  always("416 with more than there is", () => ({ kind: "wrong-range", size: 1e9 }), ["patch-trace"]),
  always("416 without Range", () => ({ kind: "status", status: 416 }), ["patch-trace"]),
  always("416 with a malformed Range", () => ({ kind: "status", status: 416, headers: { Range: "bytes */x" } }), [
    "patch-trace",
  ]),
  always("202 with a Range smaller than what was sent", () => ({ kind: "headers", headers: { Range: "0-1" } }), [
    "patch-trace",
  ]),
  once("202, and all but 9 bytes are lost", "patch-trace", { kind: "shrink-trace", size: 9, when: "after" }),
  once("the log has shrunk before a PATCH (416)", "patch-trace", { kind: "shrink-trace", size: 30, when: "before" }),
  {
    name: "the log has shrunk before each final state (412)",
    begin: ({ faults }) =>
      faults.add({ endpoint: "update-job", times: 5, fault: { kind: "shrink-trace", size: 5, when: "before" } }),
  },
  once("412 to the final state, three times", "update-job", { kind: "reject-trace" }, 3),
  always("202 to the final state", () => ({ kind: "not-completed" }), ["update-job"]),
  { name: "connection refused", begin: (_, front) => front.refuse() },
  { name: "connections taken, nothing said", hangs: "calls", begin: (_, front) => front.mute() },
];
