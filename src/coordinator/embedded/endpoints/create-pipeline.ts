import { timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { Refusal } from "../answer.ts";
import type { Endpoint } from "../exchange.ts";
import { readJson } from "../request-body.ts";

/**
 * POST projects/1/pipeline: starts the repository's pipeline once more. A person's token is asked for, and the
 * registration token is the one that exists here.
 */
export const createPipeline: Endpoint = async ({ request }, { settings, events }) => {
  await readJson(request, z.unknown());
  const given = Buffer.from(String(request.headers["private-token"] ?? ""));
  const wanted = Buffer.from(settings.registrationToken);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw new Refusal(401, "401 Unauthorized");
  if (events.listenerCount("pipeline-requested") === 0) throw new Refusal(404, "404 Project Not Found");
  events.emit("pipeline-requested");
  return { status: 201, json: { status: "created" } };
};
