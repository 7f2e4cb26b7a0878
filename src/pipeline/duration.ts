const unitSeconds: Readonly<Record<string, number>> = Object.fromEntries([
  ...["s", "sec", "secs", "second", "seconds"].map((unit) => [unit, 1] as const),
  ...["m", "min", "mins", "minute", "minutes"].map((unit) => [unit, 60] as const),
  ...["h", "hr", "hrs", "hour", "hours"].map((unit) => [unit, 3600] as const),
  ...["d", "day", "days"].map((unit) => [unit, 86_400] as const),
  ...["w", "wk", "wks", "week", "weeks"].map((unit) => [unit, 604_800] as const),
  ...["mo", "mon", "mos", "month", "months"].map((unit) => [unit, 30 * 86_400] as const),
  ...["y", "yr", "yrs", "year", "years"].map((unit) => [unit, 365.25 * 86_400] as const),
]);

/**
 * Seconds in a duration as GitLab reads them: `1h 30m`, `90 minutes`, `1 week and 2 days`, `2h20min`, `1:30:00`, and a
 * bare number for seconds. null when it is none.
 */
export function parseDuration(text: string): number | null {
  const words = text.trim().toLowerCase();
  const clock = /^\d+(?::\d+){1,3}(?:\.\d+)?$/.exec(words);
  const seconds = clock === null ? sumOf(words) : clockSeconds(words);
  return seconds === null || !Number.isSafeInteger(Math.round(seconds)) ? null : Math.round(seconds);
}

/** `1:30:00`, with days before the hours where there are four parts. */
function clockSeconds(clock: string): number {
  const scale = [1, 60, 3600, 86_400];
  return clock
    .split(":")
    .toReversed()
    .reduce((sum, part, index) => sum + Number(part) * (scale[index] ?? 0), 0);
}

function sumOf(words: string): number | null {
  if (/^\d+(?:\.\d+)?$/.test(words)) return Number(words);
  const part = /\s*(?:,\s*)?(?:(?:and|with|plus)\s+)?(\d+(?:\.\d+)?|an?\b)\s*([a-z]+?)(?=[\s,\d]|$)/y;
  let total: number | null = null;
  while (part.lastIndex < words.length) {
    const [, amount, unit] = part.exec(words) ?? [];
    const factor = unit !== undefined && Object.hasOwn(unitSeconds, unit) ? unitSeconds[unit] : undefined;
    if (amount === undefined || factor === undefined) return null;
    total = (total ?? 0) + (amount.startsWith("a") ? 1 : Number(amount)) * factor;
  }
  return total;
}
