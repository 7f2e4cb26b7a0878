import { gunzipSync } from "node:zlib";

/** GitLab's limits for one dotenv report. */
const sizeLimit = 5 << 10;
const variableLimit = 150;

/**
 * The variables of an uploaded dotenv report (gzip, one member per file), or null when GitLab would refuse it: it
 * takes KEY=value lines only, no blank line, no comment, no quotes taken off.
 */
export function parseDotenvReport(archive: Uint8Array): Readonly<Record<string, string>> | null {
  let text: string;
  try {
    text = gunzipSync(archive, { maxOutputLength: sizeLimit }).toString("utf8");
  } catch {
    return null;
  }
  const variables: Record<string, string> = {};
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const line of lines) {
    const match = /^([^=]*)=(.*)$/.exec(line.replace(/\r$/, ""));
    const key = match?.[1]?.trim() ?? "";
    if (!/^\w+$/.test(key)) return null;
    variables[key] = (match?.[2] ?? "").trim();
  }
  return Object.keys(variables).length > variableLimit ? null : variables;
}
