import { z } from "zod";
import { formatDuration, parseDuration } from "./duration.ts";

/**
 * How a value of config.toml is written. Tables and unions of tables are walked into; "opaque" is a table whose
 * content belongs to executors and features that are not ours: accepted, and not looked at.
 */
type KeyKind =
  | "string"
  | "integer"
  | "boolean"
  | "list"
  | "string-or-list"
  | "map"
  | "boolean-map"
  | "list-map"
  | "duration"
  | "space"
  | "date"
  | "table"
  | "tables"
  | "opaque";

/** What is known about one key beside its type: the reference, the flags of `register` and the error messages come from it. */
export interface KeyInfo {
  readonly kind: KeyKind;
  /** One sentence (or two), Markdown. */
  readonly description: string;
  /** "seconds", "kilobytes" ... */
  readonly unit?: string;
  /** The default as TOML, or in words when it depends on something; absent for "not set". */
  readonly defaultText?: string;
  /** The values that are allowed, when there are few. */
  readonly choices?: readonly string[];
  /** A value as TOML, for the example file. */
  readonly example?: string;
  /** The flag's name after the table's prefix, where it differs from the key with dashes; null for no flag at all. */
  readonly flag?: string | null;
  /** The environment variable, where it differs from PREFIX_KEY. */
  readonly env?: string;
  /** Never printed, not even in an error. */
  readonly secret?: boolean;
}

type KeyOptions = Omit<Partial<KeyInfo>, "kind" | "description">;

const keyInfo = z.registry<KeyInfo>();

/** Of the schema as it was made by the functions below; undefined for anything else. */
export const infoOf = (schema: z.core.$ZodType): KeyInfo | undefined => keyInfo.get(schema as z.ZodType);

/** For schemas of a generic type, where `register` can't see that they are schemas. */
export const annotate = <S extends z.ZodType>(schema: S, info: KeyInfo): S => {
  keyInfo.add(schema as z.ZodType, info);
  return schema;
};

/** "" when not set. */
export const text = (description: string, options: KeyOptions & { value?: string } = {}) => {
  const { value = "", ...rest } = options;
  const shown = value === "" ? {} : { defaultText: JSON.stringify(value) };
  return z
    .string()
    .default(value)
    .register(keyInfo, { ...shown, ...rest, kind: "string", description });
};

export const oneOf = <const T extends readonly [string, ...string[]]>(
  choices: T,
  description: string,
  options: KeyOptions & { value: T[number]; spell?: (found: string) => string },
) => {
  // Makes other ways of writing a choice the one that is known.
  const { value, spell = (found) => found, ...rest } = options;
  return z
    .preprocess((found) => (typeof found === "string" ? spell(found) : found), z.enum(choices))
    .default(value as never)
    .register(keyInfo, { defaultText: JSON.stringify(value), choices, ...rest, kind: "string", description });
};

export const integer = (description: string, options: KeyOptions & { value?: number; min?: number } = {}) => {
  const { value = 0, min, ...rest } = options;
  const number = min === undefined ? z.int() : z.int().min(min);
  return number.default(value).register(keyInfo, { defaultText: String(value), ...rest, kind: "integer", description });
};

export const boolean = (description: string, options: KeyOptions & { value?: boolean } = {}) => {
  const { value = false, ...rest } = options;
  return z
    .boolean()
    .default(value)
    .register(keyInfo, { defaultText: String(value), ...rest, kind: "boolean", description });
};

/** null when not set, for keys whose absence means something else than false. */
export const maybeBoolean = (description: string, options: KeyOptions = {}) =>
  z
    .boolean()
    .nullable()
    .default(null)
    .register(keyInfo, { ...options, kind: "boolean", description });

/** [] when not set. */
export const list = (description: string, options: KeyOptions = {}) =>
  z
    .array(z.string())
    .default([])
    .register(keyInfo, { ...options, kind: "list", description });

/** One value or a list of them, from `choices`; always a list once read, [] when not set. */
export const choiceOrList = <const T extends readonly [string, ...string[]]>(
  choices: T,
  description: string,
  options: KeyOptions = {},
) => {
  const one = z.enum(choices);
  return z
    .union([one, z.array(one)])
    .transform((value): T[number][] => (Array.isArray(value) ? (value as T[number][]) : [value as T[number]]))
    .default([])
    .register(keyInfo, { ...options, kind: "string-or-list", description, choices });
};

/** {} when not set. */
export const map = (description: string, options: KeyOptions = {}) =>
  z
    .record(z.string(), z.string())
    .default({})
    .register(keyInfo, { ...options, kind: "map", description });

export const booleanMap = (description: string, options: KeyOptions = {}) =>
  z
    .record(z.string(), z.boolean())
    .default({})
    .register(keyInfo, { ...options, kind: "boolean-map", description });

export const listMap = (description: string, options: KeyOptions = {}) =>
  z
    .record(z.string(), z.array(z.string()))
    .default({})
    .register(keyInfo, { ...options, kind: "list-map", description });

/** Milliseconds once read. A bare integer is nanoseconds, as GitLab Runner takes it. 0 when not set, unless `value` (ms) says otherwise. */
export const duration = (description: string, options: KeyOptions & { value?: number } = {}) => {
  const { value = 0, ...rest } = options;
  const shown = value === 0 ? {} : { defaultText: JSON.stringify(formatDuration(value)) };
  return z
    .union([z.string(), z.int()])
    .transform((given, context) => {
      const ms = typeof given === "number" ? given / 1e6 : parseDuration(given);
      if (ms !== null) return ms;
      context.addIssue({ code: "custom", message: "not a duration" });
      return z.NEVER;
    })
    .default(value)
    .register(keyInfo, { ...shown, ...rest, kind: "duration", description });
};

/** null when not set, or when it is Go's zero time, which GitLab Runner writes for "never". */
export const date = (description: string, options: KeyOptions = {}) =>
  z
    .date()
    .transform((value): Date | null => (value.getUTCFullYear() <= 1 ? null : value))
    .default(null)
    .register(keyInfo, { ...options, kind: "date", description });

/** A table that always exists once read: its keys have their defaults even when the file lacks it. */
export const table = <S extends z.ZodRawShape>(description: string, shape: S) => {
  const object = z.object(shape);
  return object.prefault({} as never).register(keyInfo, { kind: "table", description });
};

/** null when the file lacks it. */
export const maybeTable = <S extends z.ZodType>(description: string, schema: S) =>
  annotate(schema.nullable().default(null), { kind: "table", description });

export const tables = <S extends z.ZodType>(description: string, schema: S) =>
  z.array(schema).default([]).register(keyInfo, { kind: "tables", description });

export const opaque = (description: string) =>
  z.unknown().optional().register(keyInfo, { kind: "opaque", description });
