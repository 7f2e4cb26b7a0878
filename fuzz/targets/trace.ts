import * as fc from "fast-check";
import type { ByteFilter } from "../../src/trace/byte-filter.ts";
import { OutputLimit } from "../../src/trace/limit.ts";
import { tokenMaskers, urlParameterMasker } from "../../src/trace/mask-rules.ts";
import { isTooShortToHide } from "../../src/support/shortest-secret.ts";
import { MaskSet, SecretMasker } from "../../src/trace/mask.ts";
import { SourceChain } from "../../src/trace/source-chain.ts";
import { TimestampFilter } from "../../src/trace/timestamps.ts";
import { Utf8Filter } from "../../src/trace/utf8.ts";
import { hold, holdEqual } from "../hold.ts";
import type { FuzzTarget } from "../target.ts";
import { damaged, hostileText, inPieces } from "../texts.ts";

const words = [
  "abc",
  "secret",
  "sec",
  "\n",
  "\r",
  "\r\n",
  "\x1b[0K",
  "\x1b[",
  "\x1b]0;title\x07",
  "\x9b",
  "section_start:1:a\r",
  "glpat-",
  "glpat-x",
  "?private_token=",
  "&rss_token=",
  "x",
  "ä",
  "😀",
  "=",
  "multi\nline-of-secret",
  ";",
  "1",
];
const log = damaged(hostileText(words, { longest: 120_000 }).map((text) => Buffer.from(text)));
const pieces = inPieces(log);
const now = () => Date.UTC(2026, 0, 1);

function through(filter: Pick<ByteFilter, "push" | "flush">, chunks: readonly Buffer[]): Buffer {
  return Buffer.concat([...chunks.map((chunk) => Buffer.from(filter.push(chunk))), filter.flush()]);
}

/** Each filter by itself: how its input is cut doesn't show, and its output is what it promises. */
export const filters: FuzzTarget<readonly Buffer[]> = {
  name: "trace-filters",
  share: 60,
  arbitrary: pieces,
  check(chunks) {
    const whole = Buffer.concat(chunks);
    const utf8 = through(new Utf8Filter(), chunks);
    holdEqual(utf8.toString(), whole.toString(), "the log is repaired as a decoder would");
    holdEqual(
      through(urlParameterMasker(), chunks),
      through(urlParameterMasker(), [whole]),
      "parameters are hidden however the log is cut",
    );
    const masker = tokenMaskers({ allDefaultTokens: true, prefixes: [" ", "", "sec"] });
    holdEqual(through(masker(), chunks), through(masker(), [whole]), "tokens are hidden however the log is cut");
    const stamped = through(new TimestampFilter("stdout", now), chunks).toString("latin1");
    hold(stamped === "" || stamped.endsWith("\n"), "stamped lines end");
    hold(
      stamped.split("\n").every((text) => text === "" || /^2026-01-01T00:00:00\.000000Z 01O[ +]/.test(text)),
      "each line has its stamp",
    );
    const limit = new OutputLimit(1);
    const limited = Buffer.concat(chunks.map((chunk) => limit.push(chunk).head));
    hold(limited.length < 1024 + 300, "a limit is one");
  },
};

const secret = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom("secret", "sec", "abc", "multi\nline-of-secret", "x", "  padded ", "", "ä", "abcabcabd"),
  },
  { weight: 2, arbitrary: hostileText(words, { longest: 5_000, pieces: 4 }) },
);

/** The whole way of a log: no secret comes out, whole or in pieces. */
export const masks: FuzzTarget<{ readonly chunks: readonly Buffer[]; readonly secrets: readonly string[] }> = {
  name: "masks",
  share: 70,
  arbitrary: fc.record({ chunks: pieces, secrets: fc.array(secret, { minLength: 1, maxLength: 4 }) }),
  check({ chunks, secrets }) {
    const set = new MaskSet(secrets);
    const whole = Buffer.concat(chunks);
    const out = through(new SecretMasker(set), chunks);
    holdEqual(out, through(new SecretMasker(set), [whole]), "secrets are hidden however the log is cut");
    const between = out.toString("latin1").split("[MASKED]");
    for (const each of secrets) {
      const needle = Buffer.from(each.trim()).toString("latin1");
      if (!isTooShortToHide(each))
        hold(
          between.every((text) => !text.includes(needle)),
          "no secret is in the log",
        );
    }
    const options = { secrets: set, tokenMasker: tokenMaskers({ allDefaultTokens: true, prefixes: [] }), now: null };
    const chained = through(new SourceChain("stdout", options), chunks);
    holdEqual(
      chained.toString(),
      through(new SourceChain("stdout", options), [whole]).toString(),
      "the way is the same however the log is cut",
    );
    const clean = chained.toString();
    hold(
      !/[?&]private_token=[^[?&\s\p{Cc}]/u.test(clean) && !/glpat-[A-Za-z0-9._=-]/.test(clean),
      "no token is in the log",
    );
  },
};
