import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerText, decodeJson } from "../../../src/coordinator/response-text.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const forbidden = (contentType: string, body: string) => ({
  status: 403,
  statusText: "Forbidden",
  contentType,
  body: bytes(body),
});

describe("decodeJson", () => {
  it.each(["application/json", "application/json; charset=utf-8", "Application/JSON ;x=y"])(
    "accepts %s",
    (contentType) => {
      expect(decodeJson({ ...forbidden(contentType, '{"a":1}') })).toEqual({ ok: true, value: { a: 1 } });
    },
  );

  it.each(["", "text/html", "application/jsonp", "application/problem+json"])(
    "refuses content type %j",
    (contentType) => {
      expect(decodeJson(forbidden(contentType, '{"a":1}'))).toMatchObject({ ok: false });
    },
  );

  it("says that broken JSON is broken, without its text", () => {
    const decoded = decodeJson(forbidden("application/json", '{"token":"glrt-secret'));
    expect(decoded).toEqual({ ok: false, problem: "the answer is not valid JSON" });
  });
});

describe("answerText", () => {
  it.each([
    ["application/json", '{"message":"insufficient scope"}', "403 Forbidden (insufficient scope)"],
    [
      "application/json",
      '{"message":{"tags":["are missing","are odd"],"base":"x"}}',
      "403 Forbidden (tags: are missing; are odd, base: x)",
    ],
    ["application/json", '{"error":"token is invalid"}', "403 Forbidden (token is invalid)"],
    ["application/json", '{"message":"403 Forbidden"}', "403 Forbidden"],
    ["application/json", '{"message":5}', "403 Forbidden"],
    ["application/json", "[1", "403 Forbidden"],
    ["application/json", "null", "403 Forbidden"],
    ["text/html", "<h1>403</h1>", "403 Forbidden"],
    [
      "application/xml",
      "<Error><Code>AccessDenied</Code><Message>no</Message></Error>",
      "403 Forbidden (AccessDenied: no)",
    ],
    ["text/xml; charset=utf-8", "<Error><Message>no code</Message></Error>", "403 Forbidden"],
  ])("reads %s %s as %s", (contentType, body, text) => {
    expect(answerText(forbidden(contentType, body))).toBe(text);
  });

  it("does not look for an error in a success", () => {
    const answer = {
      status: 201,
      statusText: "Created",
      contentType: "application/json",
      body: bytes('{"message":"x"}'),
    };
    expect(answerText(answer)).toBe("201 Created");
  });

  it("is one bounded line without control characters, whatever the server sends", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 700 }), (message) => {
        const text = answerText(forbidden("application/json", JSON.stringify({ message })));
        expect(text.length).toBeLessThan(600);
        expect(text).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      }),
    );
  });
});

describe("an error message that is meant to break its reader", () => {
  const said = (message: string) => answerText(forbidden("application/json", `{"message": ${message}}`));

  it("calls nothing that it brings along", () => {
    expect(said('{"name": {"toString": 1, "valueOf": 1}}')).toBe("403 Forbidden (name: (more))");
  });

  it("is not followed down", () => {
    expect(said(`{"name": ${"[".repeat(50_000)}${"]".repeat(50_000)}}`)).toBe("403 Forbidden (name: (more))");
  });

  it("keeps its numbers and its lists of texts", () => {
    expect(said('{"name": ["is short", 5, null], "b": true}')).toBe("403 Forbidden (name: is short; 5; null, b: true)");
  });
});
