import type { ScriptJob } from "../../test/support/coordinator.ts";
import { type ChaosJob, ScriptWriter } from "../chaos-job.ts";
import type { Dice } from "../dice.ts";

/** What jobs of a kind may need to know of where they run. */
export interface KindSite {
  readonly images: Readonly<Record<"base" | "docker", string>>;
  /** SHA-256 of data.txt in the repository. */
  readonly sourceHash: string;
}

export interface JobKind {
  readonly name: string;
  /** How often it comes, beside the others. */
  readonly weight: number;
  make(dice: Dice, site: KindSite): ChaosJob;
}

export type Parts = Partial<Omit<ChaosJob, "kind" | "script" | "expected">> & { readonly job?: Partial<ScriptJob> };

/** A job of what was written, which succeeds unless `parts` say something else; half of all have timestamps. */
export function jobOf(kind: string, dice: Dice, writer: ScriptWriter, parts: Parts = {}): ChaosJob {
  const { job = {}, ...rest } = parts;
  const variables = { FF_TIMESTAMPS: String(dice.chance(0.5)), ...job.variables };
  return {
    kind,
    tag: null,
    state: "success",
    exitCode: 0,
    secrets: [],
    cancel: null,
    needsSources: false,
    artifacts: "none",
    ...rest,
    script: { name: kind, ...job, ...writer.texts, variables },
    expected: writer.printed,
  };
}

/** Some lines, a pause, some lines, ... */
export function someLines(writer: ScriptWriter, dice: Dice): ScriptWriter {
  for (let rounds = dice.integer(2, 6); rounds > 0; rounds--) {
    writer.lines("O", dice.integer(1, 150), 60).pause(0.1, 0.8);
  }
  return writer;
}

export const writerOf = (dice: Dice): ScriptWriter => new ScriptWriter(dice);
