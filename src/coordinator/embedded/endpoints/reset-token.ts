import { z } from "zod";
import { Refusal } from "../answer.ts";
import { authenticateRunner, type CoordinatorState, type Endpoint } from "../exchange.ts";
import { readJson } from "../request-body.ts";
import { createdRunnerToken, registeredRunnerToken, type RunnerRecord } from "../runner-store.ts";
import { tokenText } from "../../token-text.ts";

const bodySchema = z.object({ token: tokenText });

async function renew(state: CoordinatorState, runner: RunnerRecord) {
  runner.token = runner.token.startsWith("glrt-") ? createdRunnerToken() : registeredRunnerToken();
  await state.runners.save();
  return { status: 201, json: { token: runner.token, token_expires_at: null } };
}

/** POST runners/reset_authentication_token: by the token itself, in the body alone (protocol 2.8). */
export const resetToken: Endpoint = async ({ request }, state) => {
  const body = await readJson(request, bodySchema);
  return renew(state, authenticateRunner(state, [body.token]));
};

/** POST runners/<id>/reset_authentication_token: by a person's token; here the registration token takes that place. */
export const resetTokenById: Endpoint = async ({ request, params }, state) => {
  await readJson(request, z.unknown());
  if (request.headers["private-token"] !== state.settings.registrationToken) {
    throw new Refusal(401, "401 Unauthorized");
  }
  const runner = state.runners.list().find((candidate) => candidate.id === Number(params[0]));
  if (runner === undefined) throw new Refusal(404, "404 Runner Not Found");
  return renew(state, runner);
};
