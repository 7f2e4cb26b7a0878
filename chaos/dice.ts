/** Decisions that are the same for the same seed. */
export interface Dice {
  /** 0 <= x < 1 */
  number(): number;
  /** Both ends may come. */
  integer(lowest: number, highest: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** One of the list, each as often as its weight says. */
  weighted<T extends { readonly weight: number }>(list: readonly T[]): T;
}

/** mulberry32; `stream` gives independent numbers for each part of a run, so that none depends on how often another threw. */
export function diceOf(seed: number, stream: string): Dice {
  let state = seed >>> 0;
  for (const character of stream) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  const number = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const at = <T>(list: readonly T[], index: number): T => {
    if (list.length === 0) throw new RangeError("nothing to pick from");
    return list[Math.min(index, list.length - 1)] as T;
  };
  return {
    number,
    integer: (lowest, highest) => lowest + Math.floor(number() * (highest - lowest + 1)),
    chance: (probability) => number() < probability,
    pick: (list) => at(list, Math.floor(number() * list.length)),
    weighted: (list) => {
      let left = number() * list.reduce((sum, { weight }) => sum + weight, 0);
      return at(
        list,
        list.findIndex(({ weight }) => (left -= weight) < 0),
      );
    },
  };
}

/** So many bytes, in hexadecimal digits. */
export function randomBytesOf(dice: Dice, bytes: number): string {
  return Array.from({ length: bytes }, () => dice.integer(0, 255).toString(16).padStart(2, "0")).join("");
}
