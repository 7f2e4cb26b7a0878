import { z } from "zod";
import { Refusal } from "../answer.ts";
import type { Endpoint } from "../exchange.ts";
import { readJson, tokensOf } from "../request-body.ts";
import { registeredRunnerToken } from "../runner-store.ts";
import { tokenText } from "../../token-text.ts";

const bodySchema = z.object({
  token: tokenText,
  description: z.string().nullish(),
  /** One string, separated by commas (protocol 2.4). */
  tag_list: z.union([z.string(), z.array(z.string())]).nullish(),
  run_untagged: z.boolean().nullish(),
  locked: z.boolean().nullish(),
  paused: z.boolean().nullish(),
  access_level: z.enum(["not_protected", "ref_protected"]).nullish(),
  maximum_timeout: z.number().int().nullish(),
});

/** POST runners: a registration token is exchanged for a runner's own (protocol 2.4). */
export const registerRunner: Endpoint = async ({ request }, { settings, runners, events }) => {
  const body = await readJson(request, bodySchema);
  if (!tokensOf(request, body.token).includes(settings.registrationToken)) {
    throw new Refusal(403, "403 Forbidden - invalid token supplied");
  }
  const listed = typeof body.tag_list === "string" ? body.tag_list.split(",") : (body.tag_list ?? []);
  const tags = listed.map((tag) => tag.trim()).filter((tag) => tag !== "");
  const runUntagged = body.run_untagged ?? true;
  if (!runUntagged && tags.length === 0) {
    const message = { tags_list: ["can not be empty when runner is not allowed to pick untagged jobs"] };
    return { status: 400, json: { message } };
  }
  const maximumTimeout = body.maximum_timeout ?? 0;
  if (maximumTimeout !== 0 && maximumTimeout < 600) {
    return { status: 400, json: { message: { maximum_timeout: ["needs to be at least 10 minutes"] } } };
  }
  const runner = runners.add({
    token: registeredRunnerToken(),
    description: body.description ?? "",
    tags,
    runUntagged,
    paused: body.paused ?? false,
    maximumTimeout,
  });
  await runners.save();
  events.emit("runner-registered", { runnerId: runner.id, description: runner.description });
  return { status: 201, json: { id: runner.id, token: runner.token, token_expires_at: null } };
};
