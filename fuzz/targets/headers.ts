import * as fc from "fast-check";
import { patchTraceAnswer, updateJobAnswer, intervalProblem } from "../../src/coordinator/job-answer.ts";
import type { ApiReply } from "../../src/coordinator/connection.ts";
import { redirectStep } from "../../src/coordinator/redirect.ts";
import { answerText, decodeJson } from "../../src/coordinator/response-text.ts";
import { retryWait } from "../../src/coordinator/retry-schedule.ts";
import { shortToken } from "../../src/coordinator/token.ts";
import { apiBase, pathPattern, shownUrl } from "../../src/coordinator/url.ts";
import { proxyFor } from "../../src/coordinator/proxy.ts";
import { hold } from "../hold.ts";
import type { FuzzTarget } from "../target.ts";
import { hostileText } from "../texts.ts";

const words = [
  "0",
  "-",
  "1024",
  "0-",
  "*",
  "bytes",
  "999999999999999",
  "canceled",
  "canceling",
  "failed",
  "running",
  "Wed, 21 Oct 2099 07:28:00 GMT",
  "Wed, 21 Oct 2015 07:28:00 GMT",
  "60",
  "-5",
  "+3",
  "http://",
  "https://",
  "//",
  "gitlab.test",
  "@",
  ":",
  "/",
  "?",
  "#",
  "user:pw",
  "[::1]",
  "file:///etc/passwd",
  "javascript:",
  "169.254.169.254",
];
const header = hostileText(words, { longest: 30_000, pieces: 4 });
const status = fc.oneof(
  fc.constantFrom(200, 201, 202, 204, 301, 302, 307, 308, 400, 403, 404, 412, 416, 429, 500, 503),
  fc.integer({ min: 100, max: 999 }),
);
const names = ["range", "job-status", "x-gitlab-trace-update-interval", "content-type", "retry-after"];

/** Headers of the coordinator's answers: positions and waits are numbers within bounds. */
export const headers: FuzzTarget<{
  readonly values: readonly string[];
  readonly status: number;
  readonly body: string;
}> = {
  name: "headers",
  share: 60,
  arbitrary: fc.record({ values: fc.array(header, { minLength: 5, maxLength: 5 }), status, body: header }),
  check({ values, status: code, body }) {
    const reply: ApiReply = {
      kind: "answer",
      status: code,
      statusText: body,
      host: "gitlab.test",
      body: Buffer.from(body),
      header: (name: string) => values[names.indexOf(name)] ?? "",
      correlationId: "1",
      retried: false,
      retryAfterMs: null,
    } as unknown as ApiReply;
    const patched = patchTraceAnswer(reply);
    if (patched.kind === "range-mismatch")
      hold(Number.isSafeInteger(patched.size) && patched.size >= 0, "the size of a log is a position");
    for (const { updateIntervalMs } of [patched, updateJobAnswer(reply)]) {
      hold(
        updateIntervalMs === null || (updateIntervalMs > 0 && updateIntervalMs <= 900_000),
        "an interval is within bounds",
      );
    }
    intervalProblem(reply);
    const [resetTime = "", retryAfter = "", location = "", url = "", noProxy = ""] = values;
    const { ms } = retryWait(3, { resetTime, retryAfter }, Date.UTC(2026, 0, 1), 0.5);
    hold(Number.isFinite(ms) && ms > 0, "a wait is a number");
    addresses(code, location, url, noProxy);
    hold(shortToken(body).length <= 9, "a short token is short");
  },
};

function addresses(code: number, location: string, url: string, noProxy: string): void {
  const request = {
    method: "GET",
    url: new URL("https://gitlab.test/api/v4/x"),
    headers: { "job-token": "secret", accept: "x" },
    hasBody: false,
  };
  const step = redirectStep(request, code, location);
  if (step.kind === "follow") {
    const same = step.url.hostname === "gitlab.test" && step.url.protocol === "https:";
    hold(same || step.headers["job-token"] === undefined, "no token goes to another host");
    hold(/^https?:$/.test(step.url.protocol), "only HTTP is followed");
    proxyFor(step.url, { HTTP_PROXY: url, HTTPS_PROXY: url, NO_PROXY: noProxy });
    pathPattern(step.url.pathname);
  }
  const base = apiBase(url);
  if (base.ok)
    hold(
      base.url.pathname.endsWith("/api/v4/") && !/^https?:\/\/[^/]*@/.test(shownUrl(base.url)),
      "a base is one, and shown without a password",
    );
}

const json = hostileText(
  [
    '{"message":',
    '{"error":',
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    '"a"',
    "null",
    "1",
    '{"a":["b","c"]}',
    '{"toString":1,"valueOf":1}',
    "<Code>",
    "</Code>",
    "<Message>",
    "</Message>",
    '"message"',
  ],
  { longest: 60_000 },
);
const nested = fc
  .tuple(fc.constantFrom("[", '{"a":'), fc.integer({ min: 1, max: 60_000 }))
  .map(([open, depth]) => `{"message":{"a":${open.repeat(depth)}1${(open === "[" ? "]" : "}").repeat(depth)}}}`);

/** Bodies of the coordinator's and of object stores' answers: one line of bounded length is made of any of them. */
export const bodies: FuzzTarget<{ readonly body: string; readonly type: string; readonly status: number }> = {
  name: "bodies",
  share: 40,
  arbitrary: fc.record({
    body: fc.oneof(
      { weight: 40, arbitrary: json },
      { weight: 20, arbitrary: fc.jsonValue().map((message) => JSON.stringify({ message })) },
      { weight: 1, arbitrary: nested },
      {
        weight: 10,
        arbitrary: fc.constantFrom(
          '{"message":{"a":{"toString":1,"valueOf":1}}}',
          '{"message":{"toString":null}}',
          '{"message":{"a":[{"__proto__":null}]}}',
        ),
      },
    ),
    type: fc.oneof(
      fc.constantFrom("application/json", "application/json; charset=utf-8", "text/xml", "application/xml"),
      header,
    ),
    status,
  }),
  check({ body, type, status: code }) {
    const answer = { status: code, statusText: "", contentType: type, body: Buffer.from(body) };
    const text = answerText(answer);
    hold(text.length < 600 && !/[\p{Cc}]/u.test(text), "what is said of an answer is one short line");
    const decoded = decodeJson(answer);
    hold(decoded.ok || decoded.problem !== "", "an answer that isn't JSON has a problem");
  },
};
