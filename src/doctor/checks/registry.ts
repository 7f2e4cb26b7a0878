import { type Check, skip } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";
import { imageState, judgeImage } from "../image-state.ts";

/** The default image of jobs and its registry. */
export const registryCheck: Check<DoctorContext> = {
  name: "registry",
  needs: ["daemon"],
  limitMs: 8_000,
  run: async (context, signal) => {
    const { image } = context.runner.docker;
    if (image === "") return skip("no `image` in [runners.docker]: jobs name theirs");
    if (image.includes("$")) return skip(`which image "${image}" is depends on the job`);
    return judgeImage(await imageState(context, image, signal));
  },
};
