/** A bound of free space: bytes, a share of the whole, or the lesser of both. null for what isn't given. */
export interface Watermark {
  readonly bytes: number | null;
  /** Between 0 and 1. */
  readonly share: number | null;
}

const factors: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** Reads "10g", "10%" or "10%,10g"; "0" and "" are no bound. null when the text is none of these. */
export function parseWatermark(text: string): Watermark | null {
  let mark: Watermark = { bytes: null, share: null };
  for (const part of text.split(",").map((each) => each.trim().toLowerCase())) {
    const percent = /^(\d{1,3}(?:\.\d{1,3})?) ?%$/.exec(part);
    const size = /^(\d{1,15}(?:\.\d{1,3})?) ?(?:([kmgt])(?:i?b)?|b)?$/.exec(part);
    if (percent !== null && Number(percent[1]) <= 100) mark = { ...mark, share: Number(percent[1]) / 100 };
    else if (size !== null) mark = { ...mark, bytes: Number(size[1]) * (factors[size[2] ?? ""] ?? 1) };
    else if (text.trim() !== "") return null;
  }
  return mark;
}

/** The bound in bytes on a disk of that size; 0 for none. */
export function bytesOf({ bytes, share }: Watermark, totalBytes: number): number {
  const bounds = [bytes, share === null ? null : share * totalBytes].filter((bound) => bound !== null);
  return bounds.length === 0 ? 0 : Math.min(...bounds);
}
