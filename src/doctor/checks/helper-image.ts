import { type Check, skip, warn } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";
import { imageState, judgeImage } from "../image-state.ts";

/** The image that sources, caches and artifacts are handled in; the checks inside containers use it, too. */
export const helperImageCheck: Check<DoctorContext> = {
  name: "helper-image",
  needs: ["daemon"],
  limitMs: 8_000,
  run: async (context, signal) => {
    const image = await context.helperImage();
    if (image.includes("$")) return skip(`which image "${image}" is depends on the job`);
    const state = await imageState(context, image, signal);
    const outcome = judgeImage(state);
    if (outcome.verdict !== "pass" || state.isLocal) return outcome;
    return warn(
      `"${state.image}" is not on the daemon yet, so nothing was tried inside a container`,
      `docker pull ${state.image}   # the first job does it otherwise`,
    );
  },
};
