import type { ApiAnswer } from "./connection.ts";
import { isRedirect } from "./redirect.ts";

const mostBodyBytes = 512;

/**
 * An answer for whoever looks for a fault in what lies between agent and coordinator: status, header and the body's beginning.
 * Whoever may see the job's log reads it: a cookie is a session of the agent's, and a signed address is a permission.
 */
export function answerDetails({ status, statusText, host, rawHeaders, body }: ApiAnswer): string {
  const headers: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    headers.push(
      `  ${rawHeaders[index] as string}: ${shownValue(rawHeaders[index] as string, rawHeaders[index + 1] as string)}`,
    );
  const text = new TextDecoder().decode(body.subarray(0, mostBodyBytes));
  // It names the address once more.
  const shown = isRedirect(status) ? text.replaceAll(/\?[^\s"'<>]*/g, "?[MASKED]") : text;
  const rest = body.length > mostBodyBytes ? "..." : "";
  return [`${host} answered ${status} ${statusText}`.trimEnd(), ...headers, `  body: ${shown}${rest}`].join("\n");
}

function shownValue(name: string, value: string): string {
  switch (name.toLowerCase()) {
    case "set-cookie":
      return value.replace(/=.*/s, "=[MASKED]");
    case "location":
    case "content-location":
      return value.replace(/\/\/[^/?#]*@/, "//[MASKED]@").replace(/[?#].*/s, "?[MASKED]");
    default:
      return value;
  }
}
