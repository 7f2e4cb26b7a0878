import type { ApiReply } from "./connection.ts";
import { answerText } from "./response-text.ts";

/** What went wrong with a call, in one clause without secrets, whatever it was. */
export function failureText(reply: ApiReply): string {
  if (reply.kind !== "answer") return reply.reason;
  const { status, statusText, body } = reply;
  return answerText({ status, statusText, body, contentType: reply.header("content-type") });
}
