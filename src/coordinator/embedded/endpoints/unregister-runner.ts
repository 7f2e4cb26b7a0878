import { z } from "zod";
import { Refusal } from "../answer.ts";
import { authenticateRunner, type Endpoint } from "../exchange.ts";
import { readJson, tokensOf } from "../request-body.ts";
import { tokenText } from "../../token-text.ts";

const runnerBody = z.object({ token: tokenText });
const managerBody = z.object({ token: tokenText, system_id: z.string().nullish() });

/** DELETE runners (protocol 2.7). */
export const unregisterRunner: Endpoint = async ({ request }, state) => {
  const body = await readJson(request, runnerBody);
  state.runners.remove(authenticateRunner(state, tokensOf(request, body.token)));
  await state.runners.save();
  return { status: 204 };
};

/** DELETE runners/managers: what a runner created on the server does instead. */
export const unregisterManager: Endpoint = async ({ request }, state) => {
  const body = await readJson(request, managerBody);
  if (!body.system_id) throw new Refusal(400, "400 Bad request - system_id is missing");
  const runner = authenticateRunner(state, tokensOf(request, body.token));
  if (!runner.managers.includes(body.system_id)) throw new Refusal(404, "404 Runner manager not found");
  runner.managers = runner.managers.filter((manager) => manager !== body.system_id);
  await state.runners.save();
  return { status: 204 };
};
