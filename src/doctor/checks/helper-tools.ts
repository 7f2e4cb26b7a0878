import { type Check, fail, pass } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";

const tools = ["sh", "git", "git-lfs", "tar"] as const;
const script = 'for tool; do command -v "$tool" >/dev/null 2>&1 || echo "$tool"; done';

/** What the stages in the helper are made of. */
export const helperToolsCheck: Check<DoctorContext> = {
  name: "helper-tools",
  needs: ["network"],
  limitMs: 5_000,
  run: async (context, signal) => {
    const image = await context.helperImage();
    const { output } = await (await context.site()).run(script, tools, signal);
    const missing = output.split(/\s+/).filter((tool) => tool !== "");
    if (missing.length === 0) return pass(`the helper image has ${tools.join(", ")}`);
    const fix =
      context.runner.docker.helper_image === ""
        ? `docker pull ${image}`
        : "remove `helper_image` from [runners.docker], or name an image with sh, git, git-lfs and tar";
    return fail(`the helper image "${image}" has no ${missing.join(", ")}`, fix);
  },
};
