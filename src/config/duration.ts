const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A duration as Go writes it ("15m", "1h30m", "1.5s", "-5m", "0"), in milliseconds; null when `text` is none. */
export function parseDuration(text: string): number | null {
  const sign = text.startsWith("-") ? -1 : 1;
  const body = /^[+-]/.test(text) ? text.slice(1) : text;
  if (body === "0") return 0;
  if (!/^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(body)) return null;
  let total = 0;
  for (const [, amount, unit] of body.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(amount) * (unitMs[unit ?? ""] ?? Number.NaN);
  }
  return Number.isFinite(total) ? sign * total : null;
}

/** The same notation for people: 5400000 -> "1h30m", 0 -> "0s". Fractions below a millisecond are dropped. */
export function formatDuration(ms: number): string {
  const whole = Math.trunc(Math.abs(ms));
  const parts = [
    [Math.floor(whole / 3_600_000), "h"],
    [Math.floor(whole / 60_000) % 60, "m"],
    [Math.floor(whole / 1000) % 60, "s"],
    [whole % 1000, "ms"],
  ] as const;
  const text = parts.flatMap(([amount, unit]) => (amount > 0 ? [`${amount}${unit}`] : [])).join("");
  return text === "" ? "0s" : (ms < 0 ? "-" : "") + text;
}
