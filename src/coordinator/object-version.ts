import type { HttpAnswer } from "./http.ts";

/**
 * What an object's content is known by: its strong ETag, and the generation that Google gives it. null where the server
 * says neither: of pieces that were asked for one by one, nobody would see that they are of two versions.
 */
export function objectVersion(answer: Pick<HttpAnswer, "header">): string | null {
  const etag = answer.header("etag");
  if (etag === "" || /^w\//i.test(etag)) return null;
  return `${etag} ${answer.header("x-goog-generation")}`.trim();
}
