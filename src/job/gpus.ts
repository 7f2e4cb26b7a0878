import { configurationRefusal } from "./refusal.ts";

export interface GpuRequest {
  readonly driver: string;
  /** -1 for all. */
  readonly count: number;
  readonly deviceIds: readonly string[];
  readonly capabilities: readonly string[];
  /** For the driver. */
  readonly options?: Readonly<Record<string, string>>;
}

/**
 * Reads what `docker run --gpus` takes: `all`, a count, or fields separated by commas (`count=2`, `driver=nvidia`,
 * `device=ID`, `capabilities=NAME`, `options=KEY=VALUE`), where quotes hold a field with commas together. Without
 * quotes, what follows `device=` are more devices. null for "".
 */
export function parseGpus(key: string, text: string): GpuRequest | null {
  if (text.trim() === "") return null;
  const fields = new Map<string, string[]>();
  for (const field of splitFields(text.trim())) {
    const equals = field.indexOf("=");
    const last = [...fields.keys()].at(-1);
    if (equals === -1 && last === "device") fields.get(last)?.push(field);
    else if (equals === -1) fields.set("count", [field]);
    else fields.set(field.slice(0, equals), field.slice(equals + 1).split(","));
  }
  const deviceIds = fields.get("device") ?? [];
  const count = readCount(fields.get("count")?.[0], deviceIds.length > 0 ? 0 : 1);
  const known = ["count", "device", "driver", "capabilities", "options"];
  if (count === null || [...fields.keys()].some((name) => !known.includes(name))) {
    throw configurationRefusal(
      "CONFIG_GPUS",
      `${key} = "${text}" is not a GPU request`,
      'write "all", a number, or "device=ID,ID"',
      "admin",
    );
  }
  const capabilities = (fields.get("capabilities") ?? []).filter((name) => name !== "gpu");
  const options = fields.get("options")?.map((option) => /^([^=]*)=?(.*)$/s.exec(option)?.slice(1) ?? []);
  return {
    driver: fields.get("driver")?.[0] ?? "",
    count,
    deviceIds,
    capabilities: ["gpu", ...capabilities],
    ...(options === undefined ? {} : { options: Object.fromEntries(options) as Record<string, string> }),
  };
}

function splitFields(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|([^",]+)/g)].map(([, quoted, bare]) => quoted ?? (bare as string));
}

function readCount(text: string | undefined, byDefault: number): number | null {
  if (text === undefined) return byDefault;
  if (text === "all") return -1;
  return /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null;
}
