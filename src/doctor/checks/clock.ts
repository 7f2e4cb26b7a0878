import { type Check, fail, pass, skip, warn } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";

const warnSeconds = 15;
/** Tokens of registries and OIDC are refused by then. */
const failSeconds = 300;

/** This machine's clock beside the coordinator's, which comes with every answer in whole seconds. */
export const clockCheck: Check<DoctorContext> = {
  name: "clock",
  needs: ["entry"],
  limitMs: 7_000,
  run: async (context) => {
    const answer = await context.coordinator();
    if (answer === null || Number.isNaN(answer.there)) return skip("the coordinator doesn't say what time it is");
    const seconds = Math.round((answer.here - answer.there) / 1000);
    const off = Math.abs(seconds);
    if (off < warnSeconds) return pass("this machine's clock and the coordinator's agree");
    const finding = `this machine's clock is ${off} s ${seconds > 0 ? "ahead of" : "behind"} the coordinator's`;
    const fix = "timedatectl set-ntp true   # on the machine whose clock is wrong";
    return off < failSeconds ? warn(finding, fix) : fail(finding, fix);
  },
  whenLate: () => skip("the coordinator doesn't answer"),
};
