import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MaskSet, SecretMasker } from "../../../src/trace/mask.ts";
import { inPieces, textOf } from "./cuts.ts";

/** Few letters, so that secrets overlap, contain and repeat each other. None of them is in `[MASKED]`. */
const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 7 });
const secretsArbitrary = fc.array(letters, { minLength: 1, maxLength: 6 });
const logArbitrary = fc.string({ unit: fc.constantFrom("a", "b", "c", "d"), maxLength: 80 });

/** Secrets as they are and nothing else, however short, so that every way to overlap is tried. */
function bare(secrets: readonly string[]): MaskSet {
  return new MaskSet(secrets, (secret) => [secret.trim()].filter((text) => text !== ""));
}

function masked(secrets: readonly string[], text: string): string {
  return textOf(new SecretMasker(bare(secrets)), [Buffer.from(text)]);
}

/** The definition, without any cleverness: mark every occurrence, join those that overlap. */
function expected(secrets: readonly string[], text: string): string {
  const stretches = secrets
    .flatMap((secret) =>
      Array.from(text).flatMap((_, from) => (text.startsWith(secret, from) ? [[from, from + secret.length]] : [])),
    )
    .sort(([one], [other]) => (one as number) - (other as number)) as [number, number][];
  let out = "";
  let at = 0;
  for (const [from, to] of stretches) {
    if (from >= at) out += `${text.slice(at, from)}[MASKED]`;
    at = Math.max(at, to);
  }
  return out + text.slice(at);
}

describe("for all secrets and texts", () => {
  test("every occurrence is hidden and occurrences that overlap become one", () => {
    fc.assert(
      fc.property(secretsArbitrary, logArbitrary, (secrets, text) => {
        expect(masked(secrets, text)).toBe(expected(secrets, text));
      }),
      { numRuns: 2000 },
    );
  });

  test("how the input is cut does not change the output", () => {
    fc.assert(
      fc.property(secretsArbitrary, inPieces(logArbitrary.map((text) => Buffer.from(text))), (secrets, pieces) => {
        expect(textOf(new SecretMasker(bare(secrets)), pieces)).toBe(masked(secrets, Buffer.concat(pieces).toString()));
      }),
      { numRuns: 2000 },
    );
  });

  test("no secret is in the output, with many long secrets", () => {
    const secret = fc.string({ unit: fc.constantFrom("x", "y", "z", "-"), minLength: 3, maxLength: 40 });
    const piece = fc.oneof(fc.string({ unit: fc.constantFrom("x", "y", "z", "\n", "q") }), fc.constant(""));
    const log = fc
      .array(secret, { minLength: 1, maxLength: 30 })
      .chain((secrets) =>
        fc.array(fc.oneof(piece, fc.constantFrom(...secrets))).map((parts) => ({ secrets, text: parts.join("") })),
      );
    fc.assert(
      fc.property(log, ({ secrets, text }) => {
        const output = masked(secrets, text);
        for (const each of secrets.filter((one) => one.trim() !== "")) expect(output).not.toContain(each.trim());
      }),
    );
  });

  test("text without secrets is unchanged", () => {
    fc.assert(
      fc.property(inPieces(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))), (pieces) => {
        const secrets = new MaskSet(["a secret that is not in the log", "another one of those"]);
        expect(textOf(new SecretMasker(secrets), pieces)).toBe(Buffer.concat(pieces).toString("latin1"));
      }),
    );
  });
});

describe("while the log runs", () => {
  test("only what may be the beginning of a secret is held back", () => {
    const masker = new SecretMasker(bare(["secret-1", "secret-22"]));
    expect(masker.push(Buffer.from("a line\nthe sec")).toString()).toBe("a line\nthe ");
    expect(masker.push(Buffer.from("t of it")).toString()).toBe("sect of it");
  });

  test("a whole secret that may go on is hidden once its end is clear", () => {
    const masker = new SecretMasker(bare(["token", "token-long"]));
    expect(masker.push(Buffer.from("<token")).toString()).toBe("<");
    expect(masker.push(Buffer.from("-lo")).toString()).toBe("");
    expect(masker.push(Buffer.from("st>")).toString()).toBe("[MASKED]-lost>");
  });

  test("a secret added later hides what comes, and what is held back at that moment", () => {
    const secrets = bare(["abcdefgh"]);
    const masker = new SecretMasker(secrets);
    expect(masker.push(Buffer.from("bcd abcd")).toString()).toBe("bcd ");
    secrets.add("bcd");
    expect(masker.push(Buffer.from("x bcd")).toString()).toBe("a[MASKED]x [MASKED]");
  });

  test("a secret that is whole and can't go on does not wait for what follows", () => {
    const masker = new SecretMasker(bare(["abcdef", "fxyz"]));
    expect(masker.push(Buffer.from("<abcde")).toString()).toBe("<");
    expect(masker.push(Buffer.from("f")).toString()).toBe("[MASKED]");
    expect(masker.push(Buffer.from("xyz.")).toString()).toBe(".");
  });

  test("a flush ends a secret that had only begun", () => {
    const masker = new SecretMasker(bare(["abcdef"]));
    masker.push(Buffer.from("abc"));
    expect(masker.flush().toString()).toBe("abc");
    expect(masker.push(Buffer.from("def abcdef")).toString()).toBe("def [MASKED]");
  });

  test("text passes as the very same object when nothing is hidden", () => {
    const chunk = Buffer.from("nothing to see\n");
    expect(new SecretMasker(bare(["password1"])).push(chunk)).toBe(chunk);
  });
});
