import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ByteFilter } from "../../../src/trace/byte-filter.ts";
import { tokenMaskers, urlParameterMasker } from "../../../src/trace/mask-rules.ts";
import { inPieces, textOf } from "./cuts.ts";

const tokens = tokenMaskers({ allDefaultTokens: true, prefixes: ["corp_", " "] });

function once(filter: ByteFilter, text: string): string {
  return textOf(filter, [Buffer.from(text)]);
}

describe("URL parameters", () => {
  test.each([
    ["https://h/?private_token=abc&x=1", "https://h/?private_token=[MASKED]&x=1"],
    ["https://h/?a=b&RSS_Token=a/b%20c d", "https://h/?a=b&RSS_Token=[MASKED] d"],
    ["?X-Amz-Signature=1?authenticity_token=2\n", "?X-Amz-Signature=[MASKED]?authenticity_token=[MASKED]\n"],
    ["?x-amz-credential=&x-amz-security-token=", "?x-amz-credential=[MASKED]&x-amz-security-token=[MASKED]"],
    ["?private_token", "?private_token"],
    ["private_token=abc ?xprivate_token=abc", "private_token=abc ?xprivate_token=abc"],
  ])("%j becomes %j", (text, expected) => {
    expect(once(urlParameterMasker(), text)).toBe(expected);
  });
});

describe("token prefixes", () => {
  test.each([
    ["glpat-abc.d_e=1-2 rest", "glpat-[MASKED] rest"],
    ["(glrt-t1_x)(glagent-y)", "(glrt-[MASKED])(glagent-[MASKED])"],
    ["cookie _gitlab_session=0123;", "cookie _gitlab_session=[MASKED];"],
    ["glpat-glrt-x", "glpat-[MASKED]"],
    ["corp_q!", "corp_[MASKED]!"],
    ["glpat- glpat-", "glpat- glpat-"],
    ["glglpat-x", "glglpat-[MASKED]"],
    ["GLPAT-x", "GLPAT-x"],
  ])("%j becomes %j", (text, expected) => {
    expect(once(tokens(), text)).toBe(expected);
  });

  test("with the flag off only personal access tokens are hidden", () => {
    const filter = tokenMaskers({ allDefaultTokens: false, prefixes: [] });
    expect(once(filter(), "glpat-a glrt-b")).toBe("glpat-[MASKED] glrt-b");
  });

  test("what ends a secret is not taken for the end of a longer prefix", () => {
    const filter = tokenMaskers({ allDefaultTokens: false, prefixes: ["tok-", "tok-:"] });
    expect(once(filter(), "tok-abc:def")).toBe("tok-[MASKED]:def");
  });

  test("every prefix counts, however many there are", () => {
    const prefixes = Array.from({ length: 40 }, (_, index) => `prefix${index}:`);
    expect(once(tokenMaskers({ allDefaultTokens: true, prefixes })(), "prefix39:x")).toBe("prefix39:[MASKED]");
  });
});

test("how the input is cut changes neither rule's output, and the mask comes with the secret's first byte", () => {
  const part = fc.constantFrom(
    "glpat-",
    "gl",
    "corp_",
    "?private_token=",
    "&rss_token=",
    "?",
    "&",
    "=",
    "x9",
    " ",
    "\n",
    "[MASKED]",
  );
  const text = fc.array(part, { maxLength: 30 }).map((parts) => Buffer.from(parts.join("")));
  fc.assert(
    fc.property(inPieces(text), (pieces) => {
      for (const make of [tokens, urlParameterMasker]) {
        expect(textOf(make(), pieces)).toBe(textOf(make(), [Buffer.concat(pieces)]));
      }
    }),
    { numRuns: 500 },
  );
  expect(tokens().push(Buffer.from("glpat-a")).toString()).toBe("glpat-[MASKED]");
});
