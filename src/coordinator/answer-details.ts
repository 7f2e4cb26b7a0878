import type { ApiAnswer } from "./connection.ts";

const mostBodyBytes = 512;

/** An answer for whoever looks for a fault in what lies between agent and coordinator: status, header and the body's beginning. */
export function answerDetails({ status, statusText, host, rawHeaders, body }: ApiAnswer): string {
  const headers: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    headers.push(`  ${rawHeaders[index] as string}: ${rawHeaders[index + 1] as string}`);
  const shown = new TextDecoder().decode(body.subarray(0, mostBodyBytes));
  const rest = body.length > mostBodyBytes ? "..." : "";
  return [`${host} answered ${status} ${statusText}`.trimEnd(), ...headers, `  body: ${shown}${rest}`].join("\n");
}
