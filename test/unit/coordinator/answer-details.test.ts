import { expect, test } from "vitest";
import { answerDetails } from "../../../src/coordinator/answer-details.ts";
import type { ApiAnswer } from "../../../src/coordinator/connection.ts";

const answer = (rawHeaders: readonly string[], body = ""): ApiAnswer => ({
  kind: "answer",
  status: 307,
  statusText: "Temporary Redirect",
  host: "gitlab.example.com",
  header: () => "",
  rawHeaders,
  body: Buffer.from(body),
  bodyBytes: body.length,
  chain: "",
});

test("an answer is told with its header and the beginning of its body", () => {
  expect(answerDetails(answer(["X-Request-Id", "7", "Via", "1.1 proxy"], "x".repeat(600)))).toBe(
    `gitlab.example.com answered 307 Temporary Redirect\n  X-Request-Id: 7\n  Via: 1.1 proxy\n  body: ${"x".repeat(512)}...`,
  );
});

test("neither a cookie nor what an address permits is told", () => {
  const details = answerDetails(
    answer(
      [
        "Set-Cookie",
        "session=c2VjcmV0; path=/",
        "location",
        "https://user:pass@store.example.com/a/b?X-Goog-Signature=c2VjcmV0&sig=c2VjcmV0",
      ],
      '<a href="https://store.example.com/a/b?X-Goog-Signature=c2VjcmV0">moved</a>',
    ),
  );
  expect(details).toContain("Set-Cookie: session=[MASKED]\n");
  expect(details).not.toContain("c2VjcmV0");
  expect(details).toContain('/a/b?[MASKED]">moved</a>');
  expect(details).toContain("location: https://[MASKED]@store.example.com/a/b?[MASKED]\n");
});
