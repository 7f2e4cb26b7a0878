import { z } from "zod";
import { list, text } from "./keys.ts";

/** `[[runners.docker.services]]`: started for every job, before the job's own services. */
export const serviceSchema = z.object({
  name: text("Image; may contain variables.", { example: '"postgres:16"' }),
  alias: text("Further host names, separated by spaces or commas."),
  command: list("Replaces the image's command."),
  entrypoint: list("Replaces the image's entrypoint."),
  environment: list("Variables of this service, as `KEY=value`."),
  suspend_data_path: text("Accepted and not used: belongs to suspendable environments."),
});
