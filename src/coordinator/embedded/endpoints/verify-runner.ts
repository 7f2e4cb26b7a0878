import { z } from "zod";
import { authenticateRunner, type Endpoint } from "../exchange.ts";
import { readJson, tokensOf } from "../request-body.ts";
import { tokenText } from "../../token-text.ts";

const bodySchema = z.object({ token: tokenText, system_id: z.string().nullish() });

/** POST runners/verify (protocol 2.6); the manager becomes known here. */
export const verifyRunner: Endpoint = async ({ request }, state) => {
  const body = await readJson(request, bodySchema);
  const runner = authenticateRunner(state, tokensOf(request, body.token));
  const systemId = body.system_id ?? "";
  if (systemId !== "" && !runner.managers.includes(systemId)) {
    runner.managers.push(systemId);
    await state.runners.save();
  }
  state.events.emit("runner-verified", { runnerId: runner.id, systemId });
  return { status: 200, json: { id: runner.id, token: runner.token, token_expires_at: null } };
};
