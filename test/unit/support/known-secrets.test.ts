import fc from "fast-check";
import { expect, test } from "vitest";
import { KnownSecrets } from "../../../src/support/known-secrets.ts";
import { createLog } from "../../../src/support/log.ts";

test("a secret is hidden as it is, and as JSON, URLs and base64 have it", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 8, maxLength: 40 }), fc.string({ maxLength: 5 }), (value, around) => {
      const secret = `<S"${value}\\Z>`;
      const known = new KnownSecrets();
      known.set("job 1", [secret]);
      const forms = [
        secret,
        JSON.stringify({ secret }),
        encodeURIComponent(secret),
        Buffer.from(secret).toString("base64"),
        Buffer.from(secret).toString("base64url"),
      ];
      for (const form of forms) {
        const shown = known.hide(`${around}${form}${around}`);
        expect(shown).toContain("[REDACTED]");
        expect(shown).not.toContain(form.replace(/[{}=]/g, ""));
      }
    }),
  );
});

test("each long line of a key is hidden, and a longer secret before one that it begins with", () => {
  const known = new KnownSecrets();
  known.set("job 1", ["kind: Key\nthe key's second line", "topsecret", "topsecret-and-more"]);
  expect(known.hide("got the key's second line, kind: Key")).toBe("got [REDACTED], kind: Key");
  expect(known.hide("topsecret-and-more topsecret")).toBe("[REDACTED] [REDACTED]");
});

test("a secret of two jobs stays one until both have forgotten it", () => {
  const known = new KnownSecrets();
  known.set("job 1", ["topsecret"]);
  known.set("job 2", ["topsecret"]);
  known.forget("job 1");
  expect(known.hide("topsecret")).toBe("[REDACTED]");
  known.forget("job 2");
  expect(known.hide("topsecret")).toBe("topsecret");
});

test("what is too short to be a secret takes nothing out of a line", () => {
  const known = new KnownSecrets();
  known.set("job 1", ["", "a", "12345"]);
  expect(known.hide("a line of 12345 words")).toBe("a line of 12345 words");
});

test.each(["runner", "text", "json"] as const)("a log of the format %s has none of them", (format) => {
  const secrets = new KnownSecrets();
  secrets.set("config", ['top"secret']);
  const lines: string[] = [];
  const log = createLog({ format, level: "info", colour: false, secrets, write: (line) => lines.push(line) });
  log.info({ image: 'registry/top"secret:1' }, 'pulled top"secret');
  expect(lines.join("")).not.toMatch(/secret:1|top\\?"secret/);
});

test("a file of a million lines costs no more than its longest ones", () => {
  const known = new KnownSecrets();
  const lines = Array.from({ length: 200_000 }, (_, index) => `a line of the file ${index}`);
  known.set("job 1", [`${lines.join("\n")}\nthe longest line of all that are in the file`]);
  expect(known.hide("the longest line of all that are in the file")).toBe("[REDACTED]");
  expect(known.size).toBeLessThan(1_000);
});
