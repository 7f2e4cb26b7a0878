import type { RegisterRequest, RunnerApi, RunnerApiOptions } from "../../../src/coordinator/runner-api.ts";

/** A coordinator that knows tokens, as the registration commands see it. */
export class FakeCoordinator {
  /** Authentication token -> runner id. */
  readonly runners = new Map<string, number>();
  readonly registrationTokens = new Set<string>();
  /** Coordinators at these URLs can't be reached. */
  readonly unreachable = new Set<string>();
  readonly registered: RegisterRequest[] = [];
  readonly managers: string[] = [];
  readonly options: RunnerApiOptions[] = [];
  /** Runs at the end of every call that succeeds. */
  afterCall: (call: string) => void = () => {};
  #made = 0;

  readonly createApi = (options: RunnerApiOptions): RunnerApi => {
    this.options.push(options);
    const down = this.unreachable.has(options.url);
    const answer = <T>(call: string, ok: () => T | null) => {
      if (down) {
        return { kind: "failed", status: null, reason: "connection refused", cause: "unreachable" } as const;
      }
      const result = ok();
      if (result === null) return { kind: "forbidden", reason: "403 Forbidden" } as const;
      this.afterCall(call);
      return result;
    };
    const create = () => {
      const token = `made-token-${++this.#made}`;
      this.runners.set(token, this.#made);
      return token;
    };
    const remove = (token: string) => (this.runners.delete(token) ? ({ kind: "unregistered" } as const) : null);
    const replace = (token: string | undefined) => {
      const id = this.runners.get(token ?? "");
      if (token === undefined || id === undefined) return null;
      this.runners.delete(token);
      const fresh = `${token}-new`;
      this.runners.set(fresh, id);
      return { kind: "reset", token: fresh, expiresAt: new Date("2027-01-01T00:00:00Z") } as const;
    };
    return {
      register: async (token, request) =>
        answer("register", () => {
          if (!this.registrationTokens.has(token)) return null;
          this.registered.push(request);
          const made = create();
          return { kind: "registered", id: this.runners.get(made) ?? 0, token: made, expiresAt: null } as const;
        }),
      verify: async (token, systemId) =>
        answer("verify", () => {
          const id = this.runners.get(token);
          if (id === undefined) return null;
          this.managers.push(`${token} ${systemId}`);
          return { kind: "verified", id, token, expiresAt: null } as const;
        }),
      unregister: async (token) => answer("unregister", () => remove(token)),
      unregisterManager: async (token, systemId) =>
        answer("unregisterManager", () => {
          const at = this.managers.indexOf(`${token} ${systemId}`);
          if (at === -1) return null;
          this.managers.splice(at, 1);
          return { kind: "unregistered" } as const;
        }),
      resetToken: async (token) => answer("resetToken", () => replace(token)),
      resetTokenWithPat: async (id, pat) =>
        answer("resetTokenWithPat", () =>
          pat === "glpat-good" ? replace([...this.runners].find(([, own]) => own === id)?.[0]) : null,
        ),
    };
  };
}
