/** The calls that a fault can be put on. */
export type EndpointName =
  | "register"
  | "verify"
  | "unregister"
  | "unregister-manager"
  | "reset-token"
  | "request-job"
  | "update-job"
  | "patch-trace"
  | "upload-artifacts"
  | "download-artifacts"
  | "git"
  | "other";

/** What happens instead of, or on top of, the ordinary answer. */
export type Fault =
  /** The request is not looked at. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly json?: unknown;
    }
  /** The connection is reset: before anything is read, after the first bytes of the body, or after all was done (a lost answer). */
  | { readonly kind: "reset"; readonly when: "before" | "mid-body" | "after" }
  /** A page for people, as a proxy without its backend answers; the request is not looked at. */
  | { readonly kind: "page"; readonly status: number }
  /** No answer until the client gives up or the coordinator closes. */
  | { readonly kind: "hang" }
  /** The ordinary answer, but its body stops after so many bytes, and the connection stays. */
  | { readonly kind: "stall"; readonly bytes: number }
  /** The ordinary answer's status, and a body of spaces that has no end: as fast as they are taken, or one at a time. */
  | { readonly kind: "endless"; readonly everyMs?: number }
  /** The log stored so far loses what lies behind `size`: before the request is looked at, or after its answer was decided. */
  | { readonly kind: "shrink-trace"; readonly size: number; readonly when: "before" | "after" }
  /** 416 with this size, whatever the truth is. */
  | { readonly kind: "wrong-range"; readonly size: number }
  /** A final update is answered 202; nothing is stored. */
  | { readonly kind: "not-completed"; readonly intervalSeconds?: number }
  /** A final update is answered 412, and the log stored so far is dropped. */
  | { readonly kind: "reject-trace" }
  /** The ordinary answer with these headers on it, e.g. X-GitLab-Trace-Update-Interval. */
  | { readonly kind: "headers"; readonly headers: Readonly<Record<string, string>> }
  /** The answer's body stops after so many bytes and the connection is reset. */
  | { readonly kind: "cut-answer"; readonly bytes: number };

export interface FaultRule {
  readonly endpoint: EndpointName | "any";
  readonly fault: Fault;
  /** How many requests it meets; default 1, Infinity for an outage that `clear` ends. */
  readonly times?: number;
  /** How many fitting requests go through untouched before; default 0. */
  readonly after?: number;
  /** Only requests about this job. */
  readonly jobId?: number;
}

interface ArmedRule extends FaultRule {
  left: number;
  skip: number;
}

/** The faults that are still to come, in the order in which they were put in. */
export class Faults {
  #rules: ArmedRule[] = [];

  add(rule: FaultRule): void {
    this.#rules.push({ ...rule, left: rule.times ?? 1, skip: rule.after ?? 0 });
  }

  clear(): void {
    this.#rules = [];
  }

  /** How many faults have not been met yet. */
  get pending(): number {
    return this.#rules.reduce((sum, rule) => sum + rule.left, 0);
  }

  /** The fault of this request, used up by the call. `kinds` narrows it to faults that make sense at this point. */
  take(endpoint: EndpointName, jobId: number | null, fits: (fault: Fault) => boolean): Fault | null {
    for (const rule of this.#rules) {
      if ((rule.endpoint !== "any" && rule.endpoint !== endpoint) || !fits(rule.fault)) continue;
      if (rule.jobId !== undefined && rule.jobId !== jobId) continue;
      if (rule.skip > 0) {
        rule.skip--;
        continue;
      }
      rule.left--;
      if (rule.left === 0) this.#rules = this.#rules.filter((other) => other !== rule);
      return rule.fault;
    }
    return null;
  }
}

/** Faults that only a final state update can have; the endpoint asks for them itself. */
export function isFinalUpdateFault(fault: Fault): boolean {
  return fault.kind === "not-completed" || fault.kind === "reject-trace";
}
