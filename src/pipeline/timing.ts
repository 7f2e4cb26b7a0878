import { parseDuration } from "./duration.ts";
import { reject, textOf, type Field } from "./field.ts";

const week = 604_800;
const month = 30 * 86_400;

/** `timeout:` in seconds. */
export function readTimeout(field: Field): number | null {
  return readDuration(field, month, "a month");
}

/** `start_in:` in seconds. */
export function readStartIn(field: Field): number | null {
  return readDuration(field, week, "a week");
}

function readDuration(field: Field, limit: number, limitName: string): number | null {
  const text = textOf(field);
  if (text === null) return null;
  const seconds = parseDuration(text);
  if (seconds === null || seconds === 0) {
    return reject(field, `'${text}' is no duration.`, "Write e.g. `90 minutes`, `1h 30m` or `2 days`.");
  }
  return seconds <= limit ? seconds : reject(field, `'${text}' is longer than ${limitName}.`, "Write a shorter one.");
}
