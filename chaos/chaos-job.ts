import { createHash } from "node:crypto";
import type { ScriptJob } from "../test/support/coordinator.ts";
import type { Dice } from "./dice.ts";
import { expectedLines, type LineStream, linesPrelude, printsHash, printsLines } from "./numbered-lines.ts";

/** A job of which the harness knows how it must end and what it prints. */
export interface ChaosJob {
  readonly kind: string;
  /** Of the [[runners]] entry that takes it; null for the one that takes jobs without tags. */
  readonly tag: string | null;
  readonly script: ScriptJob;
  readonly expected: ReadonlyMap<LineStream, readonly string[]>;
  readonly state: "success" | "failed" | "canceled";
  /** Of the script; 0 unless it fails. */
  readonly exitCode: number;
  /** Values that no log may show. */
  readonly secrets: readonly string[];
  /** After its start the coordinator cancels it, so many times; the second one aborts it. */
  readonly cancel: { readonly afterMs: number; readonly times: number } | null;
  /** Its sources come from the coordinator's repository. */
  readonly needsSources: boolean;
  /** A job that takes its artifacts comes after it. */
  readonly artifacts: "none" | "makes" | "takes";
}

/** Writes a script together with what it will print. */
export class ScriptWriter {
  readonly #dice: Dice;
  readonly #seeds: Readonly<Record<LineStream, number>>;
  readonly #printed = new Map<LineStream, string[]>();
  readonly #commands: string[] = [linesPrelude];
  readonly #after: string[] = [];

  constructor(dice: Dice) {
    this.#dice = dice;
    const seed = () => dice.integer(1, 2_147_483_646);
    this.#seeds = { O: seed(), E: seed(), A: seed(), M: seed(), H: seed() };
  }

  /** The next `count` lines of a stream; those of A are after_script's. */
  lines(stream: "O" | "E" | "A", count: number, width: number): this {
    const before = this.#printed.get(stream) ?? [];
    const range = { stream, first: before.length + 1, last: before.length + count, seed: this.#seeds[stream], width };
    const lines = expectedLines({ ...range, first: 1 }).slice(before.length);
    this.#printed.set(stream, [...before, ...lines]);
    if (stream === "A") {
      if (this.#after.length === 0) this.#after.push(linesPrelude);
      this.#after.push(printsLines(range));
    } else this.#commands.push(printsLines(range));
    return this;
  }

  /** A line that shows a masked variable, in two writes with a pause between. */
  secretLine(variable: string, splitAt: number): this {
    const lines = this.#printed.get("M") ?? [];
    const number = lines.length + 1;
    this.#printed.set("M", [...lines, `~M:${number}:[MASKED]:end`]);
    const part = (range: string) => `$(printf %s "$${variable}" | cut -c${range})`;
    const [head, tail] = [part(`-${splitAt}`), part(`${splitAt + 1}-`)];
    this.#commands.push(`printf '~M:${number}:%s' "${head}"; sleep 0.2; printf '%s:end\\n' "${tail}"`);
    return this;
  }

  command(text: string): this {
    this.#commands.push(text);
    return this;
  }

  /** Seconds, in tenths. */
  pause(shortest: number, longest: number): this {
    const tenths = this.#dice.integer(Math.round(shortest * 10), Math.round(longest * 10));
    return this.command(`sleep ${tenths / 10}`);
  }

  /** The hash of all that stdout got. */
  hash(): this {
    const text = (this.#printed.get("O") ?? []).map((line) => `${line}\n`).join("");
    this.#printed.set("H", [`~H:1:${createHash("sha256").update(text).digest("hex")}`]);
    return this.command(printsHash);
  }

  get printed(): ReadonlyMap<LineStream, readonly string[]> {
    return this.#printed;
  }

  get texts(): Pick<ScriptJob, "script" | "afterScript"> {
    return { script: this.#commands, ...(this.#after.length === 0 ? {} : { afterScript: this.#after }) };
  }
}
