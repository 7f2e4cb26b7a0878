import { MoaError } from "./moa-error.ts";

/** What a value holds; arrays and objects hold values with marks of their own. */
export type MoaData = null | boolean | number | string | readonly MoaValue[] | ReadonlyMap<string, MoaValue>;

/** A value of the Moa expression language (docs.gitlab.com/ci/functions/moa). */
export interface MoaValue {
  readonly data: MoaData;
  /** What it was made of may not be shown; whatever is made of it may not be either. */
  readonly sensitive: boolean;
}

export type MoaKind = "null" | "boolean" | "number" | "string" | "array" | "object";

const kinds: readonly MoaKind[] = ["null", "boolean", "number", "string", "array", "object"];

/** A value made of others: sensitive when one of them holds anything that is. */
export function moaValue(data: MoaData, ...from: readonly MoaValue[]): MoaValue {
  return { data, sensitive: from.some(holdsSensitive) };
}

export function kindOf({ data }: MoaValue): MoaKind {
  if (data === null) return "null";
  if (Array.isArray(data)) return "array";
  return typeof data === "object" ? "object" : (typeof data as MoaKind);
}

/** Of JSON; `sensitive` marks the whole value. */
export function fromJson(json: unknown, sensitive: boolean): MoaValue {
  if (Array.isArray(json)) return { data: json.map((item) => fromJson(item, sensitive)), sensitive };
  if (typeof json === "object" && json !== null) {
    const entries = Object.entries(json).map(([key, item]): [string, MoaValue] => [key, fromJson(item, sensitive)]);
    return { data: new Map(entries), sensitive };
  }
  if (typeof json === "string" || typeof json === "number" || typeof json === "boolean")
    return { data: json, sensitive };
  return { data: null, sensitive };
}

export function isTruthy({ data }: MoaValue): boolean {
  if (data instanceof Map) return data.size > 0;
  return Array.isArray(data) ? data.length > 0 : Boolean(data);
}

/** True also when only something inside of it is sensitive. */
export function holdsSensitive({ data, sensitive }: MoaValue): boolean {
  if (sensitive || typeof data !== "object" || data === null) return sensitive;
  return [...data.values()].some(holdsSensitive);
}

/** Characters of one text: naming a long one often enough would fill the memory. */
export const longestText = 4 * 2 ** 20;

/** As it stands in a text: arrays and objects as JSON, null as `<null>`. @throws MoaError for one of more than 4 Mi characters */
export function textOf(value: MoaValue): string {
  const { data } = value;
  if (data === null) return "<null>";
  if (sizeOf(value) > longestText) throw new MoaError("a text of more than 4 Mi characters");
  return typeof data === "object" ? JSON.stringify(toJson(value)) : String(data);
}

/** Characters at least; no more of it is looked at than a text may have. */
export function sizeOf({ data }: MoaValue): number {
  if (typeof data === "string") return data.length;
  if (typeof data !== "object" || data === null) return 1;
  let size = 2;
  for (const [key, item] of data.entries()) {
    size += sizeOf(item) + (typeof key === "string" ? key.length : 0) + 1;
    if (size > longestText) break;
  }
  return size;
}

function toJson({ data }: MoaValue): unknown {
  if (data instanceof Map) return Object.fromEntries([...data].map(([key, item]) => [key, toJson(item as MoaValue)]));
  return Array.isArray(data) ? data.map((item: MoaValue) => toJson(item)) : data;
}

/** Negative, 0 or positive; values of different kinds compare by kind. */
export function compare(left: MoaValue, right: MoaValue): number {
  const kind = kindOf(left);
  if (kind !== kindOf(right)) return kinds.indexOf(kind) - kinds.indexOf(kindOf(right));
  const [a, b] = [left.data, right.data];
  if (typeof a === "string") return compareTexts(a, b as string);
  if (typeof a === "number" || typeof a === "boolean") return Number(a) - Number(b);
  if (a === null) return 0;
  if (Array.isArray(a)) return compareLists(a as readonly MoaValue[], b as readonly MoaValue[]);
  return compareObjects(a as ReadonlyMap<string, MoaValue>, b as ReadonlyMap<string, MoaValue>);
}

/** In the order of their UTF-8 bytes, which is that of the code points. */
function compareTexts(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (const [index, character] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (character !== other) return (character.codePointAt(0) as number) - (other.codePointAt(0) as number);
  }
  return left.length - right.length;
}

function compareLists(a: readonly MoaValue[], b: readonly MoaValue[]): number {
  for (const [index, item] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const order = compare(item, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareObjects(a: ReadonlyMap<string, MoaValue>, b: ReadonlyMap<string, MoaValue>): number {
  if (a.size !== b.size) return a.size - b.size;
  const [left, right] = [a, b].map((each) => [...each].toSorted(([x], [y]) => compareTexts(x, y)));
  for (const [index, [key]] of (left ?? []).entries()) {
    const order = compareTexts(key, right?.[index]?.[0] ?? "");
    if (order !== 0) return order;
  }
  for (const [index, [, item]] of (left ?? []).entries()) {
    const order = compare(item, right?.[index]?.[1] ?? item);
    if (order !== 0) return order;
  }
  return 0;
}

/** @throws MoaError for what is no number */
export function requireNumber(value: MoaValue, where: string): number {
  if (typeof value.data === "number") return value.data;
  throw new MoaError(`${where} takes numbers, not ${kindOf(value)}; convert with num()`);
}
