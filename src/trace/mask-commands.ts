import { noBytes } from "./byte-filter.ts";
import { mask } from "./mask.ts";

const marker = Buffer.from("::add-mask::");
/** Of a longer value no more is remembered than that it is to be hidden here. */
const longestValue = 64 * 1024;
const [newline, carriageReturn, escape, space, tab] = [0x0a, 0x0d, 0x1b, 0x20, 0x09];

/** A piece of a stream, and what is a secret from its end on. */
export interface CommandedBytes {
  readonly bytes: Buffer;
  readonly masks: readonly string[];
}

/**
 * Finds the lines `::add-mask::VALUE` by which a script names a secret that it has just learned, and hides the value in
 * them. Such a line begins with the marker, blanks may stand before it. Where the marker stands within a line, as in a
 * command that a shell shows, the rest of the line is hidden, too, and is no secret: quotes may belong to it.
 */
export class MaskCommands {
  /** May be the beginning of a marker. */
  #held: Buffer = noBytes;
  #isBlank = true;
  #mode: "outside" | "before-value" | "value" = "outside";
  #namesSecret = false;
  #value: Buffer[] = [];
  #valueBytes = 0;

  push(chunk: Buffer): CommandedBytes[] {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = noBytes;
    const out: { bytes: Buffer[]; masks: string[] }[] = [{ bytes: [], masks: [] }];
    const current = () => out.at(-1) as { bytes: Buffer[]; masks: string[] };
    for (let position = 0; position < bytes.length;) {
      if (this.#mode !== "outside") {
        const end = valueEnd(bytes, position);
        if (end > position && this.#mode === "before-value") current().bytes.push(mask);
        this.#take(bytes.subarray(position, end));
        if (end < bytes.length) current().masks.push(...this.#endValue());
        position = end;
        continue;
      }
      const found = bytes.indexOf(marker, position);
      const end = found === -1 ? bytes.length - beginningOfMarker(bytes, position) : found + marker.length;
      const text = bytes.subarray(position, found === -1 ? end : found);
      this.#look(text);
      // Lines that name secrets one after another are taken together: each set of new ones takes a while to learn.
      if (current().masks.length > 0 && !(isLineEnd(text) && current().masks.every(isElsewhere)))
        out.push({ bytes: [], masks: [] });
      if (end > position) current().bytes.push(bytes.subarray(position, end));
      if (found === -1) this.#held = Buffer.from(bytes.subarray(end));
      else {
        this.#namesSecret = this.#isBlank;
        this.#mode = "before-value";
      }
      position = found === -1 ? bytes.length : end;
    }
    return out.map((piece) => ({ bytes: joined(piece.bytes), masks: piece.masks }));
  }

  flush(): CommandedBytes {
    const bytes = this.#held;
    this.#held = noBytes;
    const masks = this.#mode === "outside" ? [] : this.#endValue();
    this.#isBlank = true;
    return { bytes, masks };
  }

  #look(text: Buffer): void {
    const lineAt = Math.max(text.lastIndexOf(newline), text.lastIndexOf(carriageReturn)) + 1;
    if (lineAt > 0) this.#isBlank = true;
    for (let at = lineAt; at < text.length && this.#isBlank; at++)
      this.#isBlank = text[at] === space || text[at] === tab;
  }

  #take(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#mode = "value";
    this.#valueBytes += bytes.length;
    if (this.#namesSecret && this.#valueBytes <= longestValue) this.#value.push(Buffer.from(bytes));
  }

  #endValue(): string[] {
    const isWhole = this.#namesSecret && this.#valueBytes <= longestValue;
    const text = isWhole ? Buffer.concat(this.#value).toString().trim() : "";
    this.#mode = "outside";
    this.#isBlank = false;
    this.#value = [];
    this.#valueBytes = 0;
    return text === "" ? [] : [text];
  }
}

function valueEnd(bytes: Buffer, from: number): number {
  let end = from;
  while (end < bytes.length && bytes[end] !== newline && bytes[end] !== carriageReturn && bytes[end] !== escape) end++;
  return end;
}

/** How many bytes at the end may be the beginning of a marker. */
function beginningOfMarker(bytes: Buffer, from: number): number {
  for (let length = Math.min(marker.length - 1, bytes.length - from); length > 0; length--) {
    if (bytes[bytes.length - length] !== marker[0]) continue;
    if (bytes.subarray(bytes.length - length).equals(marker.subarray(0, length))) return length;
  }
  return 0;
}

/** Whether a secret can't begin within a line that names another. */
function isElsewhere(secret: string): boolean {
  return !/^[\s:adm\-skMASKED[\]]/.test(secret);
}

function isLineEnd(text: Buffer): boolean {
  return text.every((byte) => byte === newline || byte === carriageReturn || byte === space || byte === tab);
}

function joined(parts: readonly Buffer[]): Buffer {
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}
