/**
 * What of `value` differs from `base`, for goldens that a person can read: of objects only the keys that differ, of
 * lists of texts what was added and removed; a key that is gone is "(absent)".
 */
export function difference(base: unknown, value: unknown): unknown {
  if (isRecord(base) && isRecord(value)) {
    const keys = [...new Set([...Object.keys(base), ...Object.keys(value)])];
    const changed = keys
      .filter((key) => JSON.stringify(base[key]) !== JSON.stringify(value[key]))
      .map((key) => [key, key in value ? (key in base ? difference(base[key], value[key]) : value[key]) : "(absent)"]);
    return Object.fromEntries(changed);
  }
  if (isTexts(base) && isTexts(value) && base.length > 3) return listDifference(base, value) ?? value;
  return value;
}

/** null when what both hold has another order. */
function listDifference(base: readonly string[], value: readonly string[]) {
  const added = value.filter((text) => !base.includes(text));
  const removed = base.filter((text) => !value.includes(text));
  const common = (list: readonly string[], gone: readonly string[]) =>
    list.filter((text) => !gone.includes(text)).join("\n");
  if (common(base, removed) !== common(value, added) || removed.length > value.length) return null;
  return { ...(added.length > 0 ? { added } : {}), ...(removed.length > 0 ? { removed } : {}) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
