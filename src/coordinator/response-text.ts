/** What is needed of an answer to decode it or to say in words what was wrong with it. */
export interface TextualAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly contentType: string;
  readonly body: Uint8Array;
}

export type Decoded = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string };

const longestText = 500;

/** Protocol section 1.3: a body counts only as `application/json`, whatever its parameters. */
export function decodeJson(answer: TextualAnswer): Decoded {
  if (mimeType(answer) !== "application/json") {
    const got = answer.contentType === "" ? "none" : clean(answer.contentType);
    return { ok: false, problem: `the answer should be application/json, but its content type is ${got}` };
  }
  try {
    return { ok: true, value: JSON.parse(new TextDecoder().decode(answer.body)) as unknown };
  } catch {
    return { ok: false, problem: "the answer is not valid JSON" };
  }
}

/** Status and, where the coordinator (or an object store) gave one, its message: `403 Forbidden (insufficient scope)`. */
export function answerText(answer: TextualAnswer): string {
  const status = `${answer.status} ${answer.statusText}`.trim();
  if (answer.status >= 200 && answer.status < 300) return status;
  const message = clean(errorMessage(answer));
  return message === "" || message === status ? status : `${status} (${message})`;
}

function errorMessage(answer: TextualAnswer): string {
  const type = mimeType(answer);
  if (type === "application/json") {
    const decoded = decodeJson(answer);
    return decoded.ok ? jsonMessage(decoded.value) : "";
  }
  if (type === "application/xml" || type === "text/xml") return xmlMessage(new TextDecoder().decode(answer.body));
  return "";
}

function jsonMessage(value: unknown): string {
  if (typeof value !== "object" || value === null) return "";
  const { message } = value as { message?: unknown };
  if (typeof message === "string") return message;
  // An `error` beside or in place of `message` is what the API's parameter validation and OAuth layer send.
  const { error } = value as { error?: unknown };
  if (message === undefined) return typeof error === "string" ? error : "";
  if (typeof message !== "object" || message === null) return "";
  return Object.entries(message)
    .map(([field, texts]) => `${field}: ${(Array.isArray(texts) ? texts : [texts]).map(plainText).join("; ")}`)
    .join(", ");
}

/** Not `String` for what is nested: it would call the `toString` that the answer brings, and go as deep as that is nested. */
function plainText(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null ? "(more)" : String(value);
}

/** S3's, Google's and Azure's error documents all have Code and Message under one root; no more of XML is needed. */
function xmlMessage(text: string): string {
  const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? "";
  if (code === "") return "";
  return `${code}: ${/<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? ""}`;
}

function mimeType(answer: TextualAnswer): string {
  return (answer.contentType.split(";")[0] ?? "").trim().toLowerCase();
}

/** One line, printable, bounded: it goes into logs and must not forge lines there. */
function clean(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return line.length > longestText ? `${line.slice(0, longestText)}...` : line;
}
