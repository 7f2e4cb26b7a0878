import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { maskedForms } from "../../../src/trace/mask-forms.ts";
import { MaskSet, SecretMasker } from "../../../src/trace/mask.ts";
import { inPieces, textOf } from "./cuts.ts";

function masked(secrets: readonly string[], text: string): string {
  return Buffer.from(textOf(new SecretMasker(new MaskSet(secrets)), [Buffer.from(text)]), "latin1").toString();
}

describe("what is a secret", () => {
  test("white space around a secret is no part of it", () => {
    expect(masked(["  short\n"], "<short>")).toBe("<[MASKED]>");
  });

  test.each(["", "  \n", " \t "])("%j is nothing and hides nothing", (secret) => {
    expect(masked([secret], `a b <${secret}>\n`)).toBe(`a b <${secret}>\n`);
  });

  test.each(["a", "abc", " x ", "🚢🚢🚢"])("%j is short and hidden as it is, wherever it stands", (secret) => {
    const text = secret.trim();
    expect(masked([secret], `1${text}2 <${text}>\n`)).toBe("1[MASKED]2 <[MASKED]>\n");
  });

  test.each(["a", "a&b", "ü", "a\nb"])("%j is short and looked for in no other form", (secret) => {
    expect(maskedForms(secret)).toEqual([secret]);
  });

  test("secrets outside ASCII are compared as UTF-8", () => {
    expect(masked(["schlüssel"], "der schlüssel!")).toBe("der [MASKED]!");
  });
});

describe("a secret of several lines", () => {
  const key = "-----BEGIN TEST KEY-----\nMIIEpAIBAAKCAQEA\nfi\n==========\nAgEAAoIBAQDFqoGR\n-----END TEST KEY-----";

  test("is hidden as a whole, whatever ends its lines", () => {
    expect(masked([key], `<${key}>`)).toBe("<[MASKED]>");
    expect(masked([key], `<${key.replaceAll("\n", "\r\n")}>`)).toBe("<[MASKED]>");
    expect(masked([key.replaceAll("\n", "\r\n")], `<${key}>`)).toBe("<[MASKED]>");
    expect(masked([key], `key="${JSON.stringify(key)}"`)).toBe('key=""[MASKED]""');
  });

  test("is hidden line by line where something stands between its lines", () => {
    expect(masked([key], key.replaceAll(/^/gm, "  | "))).toBe(
      "  | -----BEGIN TEST KEY-----\n  | [MASKED]\n  | fi\n  | ==========\n  | [MASKED]\n  | -----END TEST KEY-----",
    );
  });

  test("may be written on one line with \\n, and is hidden where a tool writes it on several", () => {
    expect(masked([key.replaceAll("\n", "\\n")], "MIIEpAIBAAKCAQEA\nfi fine")).toBe("[MASKED]\nfi fine");
  });
});

describe("encoded", () => {
  const secret = `it's "5<6" & a/b$ü`;
  test.each([
    ["encodeURIComponent", encodeURIComponent(secret)],
    ["a form", new URLSearchParams([["", secret]]).toString().slice(1)],
    ["Python's quote", "it%27s%20%225%3C6%22%20%26%20a/b%24%C3%BC"],
    ["lower-case digits", "it%27s%20%225%3c6%22%20%26%20a%2fb%24%c3%bc"],
    ["encodeURI", encodeURI(secret)],
    ["JSON", JSON.stringify(secret)],
    ["JSON in ASCII", '"it\'s \\"5<6\\" & a/b$\\u00fc"'],
    ["Go's JSON", '"it\'s \\"5\\u003c6\\" \\u0026 a/b$ü"'],
    ["PHP's JSON", '"it\'s \\"5<6\\" & a\\/b$ü"'],
    ["single quotes", `'it'\\''s "5<6" & a/b$ü'`],
    ["double quotes", `"it's \\"5<6\\" & a/b\\$ü"`],
    ["printf %q", `it\\'s\\ \\"5\\<6\\"\\ \\&\\ a/b\\$ü`],
    ["$'...'", `$'it\\'s "5<6" & a/b$ü'`],
    ["HTML", "it&#39;s &quot;5&lt;6&quot; &amp; a/b$ü"],
  ])("by %s it is hidden", (_, text) => {
    const output = masked([secret], `<${text}>`);
    expect(output).toContain("[MASKED]");
    expect(output).not.toContain("a/b");
    expect(output).not.toMatch(/5.{0,6}6/);
  });

  test("base64 with its padding, or without, is hidden whole", () => {
    expect(masked(["hunter2222"], "aHVudGVyMjIyMg== aHVudGVyMjIyMg.")).toBe("[MASKED] [MASKED].");
  });

  test("within a longer base64 text all is hidden but what the neighbours share", () => {
    // printf 'user:hunter2222' | base64, whose last byte ends a group of four
    expect(masked(["hunter2222"], "Basic dXNlcjpodW50ZXIyMjIy.")).toBe("Basic dXNlcjp[MASKED].");
  });

  test("base64 that a tool has wrapped is hidden line by line", () => {
    const secret = "0123456789".repeat(12);
    const rows = Buffer.from(secret).toString("base64").replaceAll(/.{76}/g, "$&\n");
    expect(masked([secret], rows)).toBe("[MASKED]\n[MASKED]\n[MASKED]");
  });

  test("a plain secret has few forms, and one that is very long no encoded ones", () => {
    expect(maskedForms("abcdefgh12345678").length).toBeLessThan(10);
    expect(maskedForms("x".repeat(100_000))).toHaveLength(1);
  });
});

describe("for all secrets, texts and cuts", () => {
  const secretArbitrary = fc.oneof(
    fc.string({ unit: "binary", minLength: 8, maxLength: 30 }),
    fc.string({ unit: "grapheme-ascii", minLength: 8, maxLength: 200 }),
    fc.string({ unit: fc.constantFrom("a", "'", '"', "\\", "\n", "$", " ", "/", "ü"), minLength: 8, maxLength: 20 }),
  );
  const encoders: readonly ((secret: string) => string)[] = [
    (secret) => secret,
    (secret) => encodeURIComponent(secret),
    (secret) => new URLSearchParams([["", secret]]).toString().slice(1),
    (secret) => JSON.stringify(secret).slice(1, -1),
    (secret) => secret.replaceAll("'", "'\\''"),
    (secret) => Buffer.from(secret).toString("base64"),
    (secret) => Buffer.from(secret).toString("base64url"),
  ];
  const trimmed = secretArbitrary.map((secret) => secret.trim()).filter((secret) => secret.length >= 8);
  const scenario = fc.array(trimmed, { minLength: 1, maxLength: 4 }).chain((secrets) =>
    fc
      .array(
        fc.oneof(
          fc.string({ maxLength: 20 }),
          fc.tuple(fc.constantFrom(...secrets), fc.constantFrom(...encoders)).map(([secret, encode]) => encode(secret)),
        ),
        { maxLength: 8 },
      )
      .chain((parts) =>
        inPieces(fc.constant(Buffer.from(parts.join("")))).map((pieces) => ({ secrets, text: parts.join(""), pieces })),
      ),
  );

  test("the output is what a look at the whole text gives, and holds no form of any secret", () => {
    fc.assert(
      fc.property(scenario, ({ secrets, text, pieces }) => {
        const output = Buffer.from(textOf(new SecretMasker(new MaskSet(secrets)), pieces), "latin1").toString();
        expect(output).toBe(hiddenAsAWhole(secrets, text));
        for (const secret of secrets)
          for (const encode of encoders) {
            const form = encode(secret);
            // "[MASKED]" itself can complete what stood before or after it only where a secret has a part of that word.
            if (!/[[\]MASKED]/.test(form)) expect(output).not.toContain(form);
          }
      }),
      { numRuns: 1000 },
    );
  });

  test("also where there are hundreds of forms", () => {
    const many = fc.array(
      fc.string({ unit: fc.constantFrom(...Array.from("abcdeFGH+/-1")), minLength: 8, maxLength: 24 }),
      {
        minLength: 60,
        maxLength: 60,
      },
    );
    const log = many.chain((secrets) => {
      const part = fc.tuple(fc.constantFrom(...secrets), fc.constantFrom(...encoders)).map(([one, by]) => by(one));
      const noise = fc.string({ unit: fc.constantFrom(...Array.from("abcdeFGH+/-1\nz")), maxLength: 30 });
      return inPieces(
        fc.array(fc.oneof(part, noise), { maxLength: 12 }).map((parts) => Buffer.from(parts.join(""))),
      ).map((pieces) => ({ secrets, pieces }));
    });
    fc.assert(
      fc.property(log, ({ secrets, pieces }) => {
        expect(secrets.flatMap(maskedForms).length).toBeGreaterThan(200);
        const output = Buffer.from(textOf(new SecretMasker(new MaskSet(secrets)), pieces), "latin1").toString();
        expect(output).toBe(hiddenAsAWhole(secrets, Buffer.concat(pieces).toString()));
        const whole = Buffer.from(textOf(new SecretMasker(new MaskSet(secrets)), [Buffer.concat(pieces)]), "latin1");
        expect(whole.toString()).toBe(output);
      }),
      { numRuns: 60 },
    );
  });

  test("no base64 text in the output gives the secret when it is decoded", () => {
    const neighbours = fc.uint8Array({ maxLength: 7 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(trimmed, neighbours, neighbours, fc.boolean(), (secret, before, after, isForUrls) => {
        const text = Buffer.concat([before, Buffer.from(secret), after]).toString(isForUrls ? "base64url" : "base64");
        const output = masked([secret], text);
        expect(output).toContain("[MASKED]");
        const rest = output.replace("[MASKED]", "").replaceAll("=", "");
        const settled = Math.floor((Buffer.byteLength(secret) * 8) / 6) - 1;
        expect(text.replaceAll("=", "").length - rest.length).toBeGreaterThanOrEqual(settled);
      }),
      { numRuns: 1000 },
    );
  });
});

/** The definition, without any cleverness: mark every occurrence of every form, join those that overlap. */
function hiddenAsAWhole(secrets: readonly string[], text: string): string {
  const bytes = Buffer.from(text);
  const hidden = new Uint8Array(bytes.length);
  const begins = new Uint8Array(bytes.length + 1);
  for (const form of secrets.flatMap(maskedForms).map((each) => Buffer.from(each)))
    for (let at = bytes.indexOf(form); at !== -1; at = bytes.indexOf(form, at + 1)) {
      hidden.fill(1, at, at + form.length);
      begins[at] = 1;
    }
  // Two that only touch stay two.
  const stretches = [];
  let reach = 0;
  for (let at = 0; at < bytes.length; at++) {
    const longest = begins[at] === 1 ? longestAt(secrets, bytes, at) : 0;
    if (longest > 0 && at >= reach) stretches.push("[MASKED]");
    reach = Math.max(reach, at + longest);
    if (hidden[at] === 0) stretches.push(bytes.subarray(at, at + 1).toString("latin1"));
  }
  return Buffer.from(stretches.join(""), "latin1").toString();
}

function longestAt(secrets: readonly string[], bytes: Buffer, at: number): number {
  const lengths = secrets
    .flatMap(maskedForms)
    .map((form) => Buffer.from(form))
    .filter((form) => form.equals(bytes.subarray(at, at + form.length)))
    .map((form) => form.length);
  return Math.max(0, ...lengths);
}
