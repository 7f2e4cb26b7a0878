import type { ChaosJob } from "./chaos-job.ts";
import type { Dice } from "./dice.ts";
import { jobOf, type JobKind, writerOf } from "./kinds/kind.ts";

/** How a job is ended from outside. */
export type Kill = "container killed" | "canceled" | "aborted";
const kills: readonly Kill[] = ["container killed", "canceled", "aborted"];

export interface SoakJob {
  readonly job: ChaosJob;
  /** When its first line is in the log. */
  readonly kill: Kill | null;
}

const makeFile = "mkdir -p kept; head -c 100000 /dev/urandom >kept/data; (cd kept && sha256sum data >sum)";
const small: readonly (JobKind & { readonly weight: number })[] = [
  { name: "true", weight: 14, make: (dice) => jobOf("true", dice, writerOf(dice).command("true")) },
  { name: "lines", weight: 4, make: (dice) => jobOf("lines", dice, writerOf(dice).lines("O", 200, 80).hash()) },
  {
    name: "cache",
    weight: 2,
    make: (dice) => {
      const writer = writerOf(dice)
        .command("[ ! -e kept/sum ] || (cd kept && sha256sum -c --quiet sum)")
        .command(makeFile);
      return jobOf("cache", dice, writer.hash(), { job: { cache: { key: "soak", paths: ["kept"] } } });
    },
  },
  {
    name: "artifacts",
    weight: 2,
    make: (dice) =>
      jobOf("artifacts", dice, writerOf(dice).command(makeFile).hash(), {
        artifacts: "makes",
        job: { artifacts: ["kept"] },
      }),
  },
  {
    name: "services",
    weight: 2,
    make: (dice, { images }) => {
      const parts = { services: [{ name: images.base, alias: "idle", command: ["sleep", "1000"] }] };
      return jobOf("services", dice, writerOf(dice).command("getent hosts idle >/dev/null").hash(), { job: { parts } });
    },
  },
];

/** A tenth is killed. */
export function soakJob(dice: Dice, images: { readonly base: string; readonly docker: string }): SoakJob {
  if (!dice.chance(0.1)) return { job: dice.weighted(small).make(dice, { images, sourceHash: "" }), kill: null };
  const kill = dice.pick(kills);
  const writer = writerOf(dice).lines("O", 20, 40);
  if (kill === "container killed")
    return { job: jobOf("killed", dice, writer.command("sleep 60"), { state: "failed", exitCode: 137 }), kill };
  // A job that prints hears at once that nobody wants it; a silent one after half a minute.
  for (let rounds = 120; rounds > 0; rounds--) writer.lines("O", 1, 40).pause(0.5, 0.5);
  // What `cancel` says is done by whoever kills.
  const cancel = { afterMs: 0, times: 0 };
  return { job: jobOf("killed", dice, writer, { state: "canceled", cancel }), kill };
}
