import { z } from "zod";
import type { ApiReply, Connection } from "./connection.ts";
import { failureText } from "./failure.ts";
import type { RunnerInfo } from "./info.ts";
import { jsonBody } from "./json-body.ts";
import type { MeasuredEndpoint } from "./metrics.ts";
import { decodeJson } from "./response-text.ts";
import type {
  CallFailed,
  Forbidden,
  RegisterRequest,
  RunnerApi,
  RunnerCredentials,
  VerifyAnswer,
} from "./runner-api.ts";

export interface RunnerCallsOptions {
  readonly connection: Connection;
  /** For verify: what a job request of this agent announces. */
  readonly info: RunnerInfo;
  /** For register. */
  readonly registrationInfo: RunnerInfo;
}

/** The calls about runners, statuses as data (protocol sections 2.4 to 2.8). */
export function runnerCalls({ connection, info, registrationInfo }: RunnerCallsOptions): RunnerApi {
  return {
    async register(token, request, signal) {
      const body = { ...registerFields(request), token, info: registrationInfo };
      const reply = await call({ method: "POST", path: "runners", token, body, wanted: 201 }, signal);
      if (reply.kind === "answer" && reply.status === 410) return { kind: "gone", reason: failureText(reply) };
      return credentialsOf(reply, 201, "registered");
    },
    async verify(token, systemId, signal): Promise<VerifyAnswer> {
      const body = { info, token, system_id: systemId };
      const ask = (wanted: number | null) =>
        call({ method: "POST", path: "runners/verify", token, body, wanted }, signal);
      const answer = credentialsOf(await ask(200), 200, "verified");
      if (answer.kind !== "failed" || answer.status !== 200) return answer;
      // A 200 that is not JSON: asked again as old coordinators expect it, where only the status counts.
      const second = await ask(null);
      return second.kind === "answer" && second.status === 200 ? { kind: "legacy" } : refusal(second);
    },
    async unregister(token, signal) {
      return gone(await call({ method: "DELETE", path: "runners", token, body: { token }, wanted: null }, signal));
    },
    async unregisterManager(token, systemId, signal) {
      const body = { token, system_id: systemId };
      return gone(await call({ method: "DELETE", path: "runners/managers", token, body, wanted: null }, signal));
    },
    async resetToken(token, signal) {
      return await reset("runners/reset_authentication_token", {}, { token }, signal);
    },
    async resetTokenWithPat(runnerId, pat, signal) {
      return await reset(`runners/${runnerId}/reset_authentication_token`, { "private-token": pat }, null, signal);
    },
  };

  async function reset(path: string, headers: Record<string, string>, body: object | null, signal: AbortSignal) {
    const endpoint = "reset_token";
    const reply = await call({ method: "POST", path, token: null, headers, body, wanted: 201, endpoint }, signal);
    const answer = credentialsOf(reply, 201, "reset");
    return answer.kind === "reset" ? { kind: answer.kind, token: answer.token, expiresAt: answer.expiresAt } : answer;
  }

  interface Call {
    readonly method: string;
    readonly path: string;
    /** For the RUNNER-TOKEN header; null for none. */
    readonly token: string | null;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body: object | null;
    readonly wanted: number | null;
    readonly endpoint?: MeasuredEndpoint;
  }

  function call({ method, path, token, headers, body, wanted, endpoint }: Call, signal: AbortSignal) {
    const json = jsonBody(body);
    return connection.send(
      {
        method,
        path,
        headers: {
          ...headers,
          ...json.headers,
          ...(token === null ? {} : { "runner-token": token }),
          ...(wanted === null ? {} : { accept: "application/json" }),
        },
        body: json.body,
        wanted,
        endpoint: endpoint ?? null,
      },
      signal,
    );
  }
}

function registerFields(request: RegisterRequest): object {
  const { description, maintenanceNote, tagList, accessLevel, maximumTimeout, runUntagged, locked, paused } = request;
  const texts = { description, maintenance_note: maintenanceNote, tag_list: tagList, access_level: accessLevel };
  return {
    ...Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== "")),
    ...(maximumTimeout === 0 ? {} : { maximum_timeout: maximumTimeout }),
    run_untagged: runUntagged,
    locked,
    paused,
  };
}

const credentialsSchema = z.object({
  id: z.number().int().nonnegative().nullish(),
  token: z.string().nullish(),
  token_expires_at: z.iso.datetime({ offset: true }).nullish(),
});

function credentialsOf<K extends string>(
  reply: ApiReply,
  success: number,
  kind: K,
): ({ readonly kind: K } & RunnerCredentials) | Forbidden | CallFailed {
  if (reply.kind !== "answer" || reply.status !== success) return refusal(reply);
  const { status, statusText, body } = reply;
  const decoded = decodeJson({ status, statusText, body, contentType: reply.header("content-type") });
  if (!decoded.ok) return { kind: "failed", status, reason: decoded.problem, cause: "answer" };
  const parsed = credentialsSchema.safeParse(decoded.value);
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join(".") ?? "";
    const reason = `the answer is not that of a coordinator (${field || "body"})`;
    return { kind: "failed", status, reason, cause: "answer" };
  }
  const { id, token, token_expires_at: expires } = parsed.data;
  // The reference client reads the year 1, which old coordinators send, as "never".
  const expiresAt = expires == null || expires.startsWith("0001-") ? null : new Date(expires);
  return { kind, id: id ?? 0, token: token ?? "", expiresAt };
}

function gone(reply: ApiReply): { readonly kind: "unregistered" } | Forbidden | CallFailed {
  return reply.kind === "answer" && reply.status === 204 ? { kind: "unregistered" } : refusal(reply);
}

function refusal(reply: ApiReply): Forbidden | CallFailed {
  const reason = failureText(reply);
  if (reply.kind === "answer") {
    if (reply.status === 403) return { kind: "forbidden", reason };
    return { kind: "failed", status: reply.status, reason, cause: "answer" };
  }
  const cause = reply.kind === "network" ? reply.cause : "unreachable";
  return { kind: "failed", status: null, reason, cause };
}
