import { randomBytesOf } from "../dice.ts";
import { jobOf, type JobKind, someLines, writerOf } from "./kind.ts";

export const plain: JobKind = {
  name: "plain",
  weight: 4,
  make: (dice) => jobOf("plain", dice, someLines(writerOf(dice), dice).hash()),
};

/** Few bytes at a time: without timestamps nothing but the daemon's own reading keeps two streams' lines apart. */
export const bothStreams: JobKind = {
  name: "both streams",
  weight: 4,
  make: (dice) => {
    const writer = writerOf(dice);
    for (let rounds = dice.integer(4, 10); rounds > 0; rounds--) {
      writer.lines("O", dice.integer(1, 5), 40).lines("E", dice.integer(1, 5), 40).pause(0.1, 0.5);
    }
    return jobOf("both streams", dice, writer.hash());
  },
};

export const silent: JobKind = {
  name: "silent",
  weight: 2,
  make: (dice) => jobOf("silent", dice, writerOf(dice).lines("O", 5, 10).pause(4, 9).lines("O", 5, 10).hash()),
};

/** Some MiB. */
export const flood: JobKind = {
  name: "flood",
  weight: 3,
  make: (dice) => {
    const writer = writerOf(dice);
    for (let bursts = dice.integer(2, 5); bursts > 0; bursts--)
      writer.lines("O", dice.integer(3_000, 7_000), 400).pause(0.1, 1);
    return jobOf("flood", dice, writer.hash());
  },
};

export const masked: JobKind = {
  name: "masked",
  weight: 3,
  make: (dice) => {
    const secret = randomBytesOf(dice, 12);
    const writer = writerOf(dice);
    for (let count = dice.integer(3, 8); count > 0; count--) {
      writer.secretLine("CHAOS_SECRET", dice.integer(1, secret.length - 1)).lines("O", 3, 20);
    }
    return jobOf("masked", dice, writer.hash(), { secrets: [secret], job: { secrets: { CHAOS_SECRET: secret } } });
  },
};
