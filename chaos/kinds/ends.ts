import { jobOf, type JobKind, someLines, writerOf } from "./kind.ts";

export const withAfterScript: JobKind = {
  name: "after_script",
  weight: 3,
  make: (dice) => jobOf("after_script", dice, someLines(writerOf(dice), dice).hash().lines("A", 40, 40)),
};

export const failing: JobKind = {
  name: "failing",
  weight: 3,
  make: (dice) => {
    const exitCode = dice.integer(1, 125);
    const writer = someLines(writerOf(dice), dice).hash().command(`exit ${exitCode}`);
    if (dice.chance(0.5)) writer.lines("A", 20, 20);
    return jobOf("failing", dice, writer, { state: "failed", exitCode });
  },
};

/** Would go on for longer than anybody waits. */
export const canceled: JobKind = {
  name: "canceled",
  weight: 3,
  make: (dice) => {
    const writer = writerOf(dice);
    for (let rounds = 60; rounds > 0; rounds--) writer.lines("O", 10, 40).pause(0.5, 0.5);
    if (dice.chance(0.5)) writer.lines("A", 20, 20);
    const cancel = { afterMs: dice.integer(500, 5_000), times: dice.chance(0.3) ? 2 : 1 };
    return jobOf("canceled", dice, writer.hash(), { state: "canceled", cancel });
  },
};
