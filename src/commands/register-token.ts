import type { RunnerConfig } from "../config/schema.ts";
import type { RunnerApi } from "../coordinator/runner-api.ts";
import { shortToken, tokenKind } from "../coordinator/token.ts";
import { AgentError, messageOf } from "../support/errors.ts";
import { callError } from "./call-errors.ts";
import type { CommandDeps } from "./command-deps.ts";
import type { Attributes } from "./register-attributes.ts";
import type { GivenToken } from "./register-input.ts";

/** What goes into config.toml, and whether this command made it. */
export interface Registration {
  readonly id: number;
  readonly token: string;
  readonly expiresAt: Date | null;
  /** False for a runner that was there before: then a failure leaves it alone. */
  readonly ours: boolean;
}

export interface TokenRequest {
  readonly api: RunnerApi;
  readonly runner: RunnerConfig;
  readonly token: GivenToken;
  readonly attributes: Attributes;
  readonly systemId: string;
}

/** Registers or verifies (protocol sections 2.4 and 2.5). Throws AgentError with what the coordinator has against it. */
export async function obtainToken(request: TokenRequest, deps: CommandDeps): Promise<Registration> {
  const { token } = request;
  if (token.kind !== "registration") return await verifyGiven(request, deps);

  const { api, runner, attributes } = request;
  deps.say(
    "WARNING: registration tokens are deprecated; make the runner at the coordinator and use its glrt- token with --token",
  );
  const tagList = attributes.tagList ?? "";
  const answer = await api.register(
    token.value,
    {
      description: runner.name,
      maintenanceNote: attributes.maintenanceNote ?? "",
      tagList,
      runUntagged: tagList === "" || (attributes.runUntagged ?? false),
      locked: attributes.locked ?? true,
      accessLevel: attributes.accessLevel ?? "",
      maximumTimeout: attributes.maximumTimeout ?? 0,
      paused: attributes.paused ?? false,
    },
    deps.signal,
  );
  if (answer.kind === "registered") return { ...answer, ours: true };
  if (answer.kind === "gone") {
    throw new AgentError("TOKEN_REFUSED", `${runner.url} takes no registration tokens: ${answer.reason}`, {
      hint: "make the runner at the coordinator and give its glrt- token with --token",
    });
  }
  throw callError(answer, runner.url, "registration token");
}

async function verifyGiven({ api, runner, token, systemId }: TokenRequest, deps: CommandDeps): Promise<Registration> {
  const answer = await api.verify(token.value, systemId, deps.signal);
  if (answer.kind === "forbidden" || answer.kind === "failed") {
    throw callError(answer, runner.url, "runner authentication token");
  }
  const created = token.kind === "created";
  const { id, expiresAt } = answer.kind === "verified" ? answer : { id: 0, expiresAt: null };
  if (created && id === 0) {
    throw new AgentError("COORDINATOR_ANSWER", `${runner.url} confirms the token without naming the runner`, {
      hint: "see that the URL is that of a GitLab that knows glrt- tokens (15.10 or later)",
    });
  }
  return { id, token: token.value, expiresAt, ours: created };
}

const undoTimeoutMs = 30_000;

/** Takes back what was registered, in time of its own: the command's signal may be what ended it. Failures are said, not thrown. */
export async function undoRegistration(
  api: RunnerApi,
  registration: Registration,
  systemId: string,
  deps: Pick<CommandDeps, "say">,
): Promise<void> {
  if (!registration.ours) return;
  const { token } = registration;
  const signal = AbortSignal.timeout(undoTimeoutMs);
  const name = `the runner ${shortToken(token)}`;
  try {
    const created = tokenKind(token) === "created";
    const answer = created ? await api.unregisterManager(token, systemId, signal) : await api.unregister(token, signal);
    if (answer.kind === "unregistered") deps.say(`${name} was unregistered again`);
    else deps.say(`WARNING: ${name} is still registered: ${answer.reason}; remove it at the coordinator`);
  } catch (error) {
    deps.say(`WARNING: ${name} is still registered: ${messageOf(error)}; remove it at the coordinator`);
  }
}
