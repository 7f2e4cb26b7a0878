import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AddedMasks } from "../../../src/trace/added-masks.ts";
import { tokenMaskers } from "../../../src/trace/mask-rules.ts";
import { MaskSet } from "../../../src/trace/mask.ts";
import { SourceChain } from "../../../src/trace/source-chain.ts";
import { inPieces, textOf } from "./cuts.ts";

function scene(earlier: readonly string[] = []) {
  const recorded: string[] = [];
  const warnings: string[] = [];
  const secrets = new MaskSet();
  const added = new AddedMasks(
    {
      secrets,
      record: (values) => Promise.resolve(void recorded.push(...values)),
      warn: (text) => void warnings.push(text),
    },
    earlier,
  );
  const chain = new SourceChain("stdout", {
    secrets,
    tokenMasker: tokenMaskers({ allDefaultTokens: true, prefixes: [] }),
    now: null,
    addMasks: (values) => added.add(values),
  });
  return { added, chain, recorded, warnings };
}

function shown(text: string): string {
  return textOf(scene().chain, [Buffer.from(text)]);
}

describe("::add-mask::", () => {
  test.each([
    [
      "names a secret, which is hidden in the line itself and from then on",
      "::add-mask::hunter22\n<hunter22>",
      "::add-mask::[MASKED]\n<[MASKED]>",
    ],
    [
      "hides nothing that came before",
      "hunter22\n::add-mask::hunter22\nhunter22",
      "hunter22\n::add-mask::[MASKED]\n[MASKED]",
    ],
    [
      "may stand behind blanks, and its line may end with a carriage return",
      " \t::add-mask:: hunter22 \r\nhunter22",
      " \t::add-mask::[MASKED]\r\n[MASKED]",
    ],
    ["may be the last line, without an end", "::add-mask::hunter22", "::add-mask::[MASKED]"],
    ["without a value is a line like others", "::add-mask::\nx\n", "::add-mask::\nx\n"],
    ["hides every form of the secret", "::add-mask::hunter2222\naHVudGVyMjIyMg==", "::add-mask::[MASKED]\n[MASKED]"],
    [
      "takes %0A for a line break",
      "::add-mask::first line%0Asecond line\nsecond line",
      "::add-mask::[MASKED]\n[MASKED]",
    ],
    [
      "in a shown command hides the rest of it, colours excepted, and names no secret",
      '\u001b[32;1m$ echo "::add-mask::$TOKEN"\u001b[0;m\n"$TOKEN"',
      '\u001b[32;1m$ echo "::add-mask::[MASKED]\u001b[0;m\n"$TOKEN"',
    ],
    [
      "is read again right after a line that was hidden",
      "+ echo ::add-mask::hunter22\n::add-mask::hunter22\nhunter22",
      "+ echo ::add-mask::[MASKED]\n::add-mask::[MASKED]\n[MASKED]",
    ],
    [
      "begins wherever its first colon is",
      "\n:::add-mask::hunter22 \n::add-mas\n",
      "\n:::add-mask::[MASKED]\n::add-mas\n",
    ],
  ])("%s", (_, text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  test("a value that is too short is hidden in its line and told of once", () => {
    const { chain, warnings, recorded } = scene();
    expect(textOf(chain, [Buffer.from("::add-mask::abc\nabc\n::add-mask::xy\n")])).toBe(
      "::add-mask::[MASKED]\nabc\n::add-mask::[MASKED]\n",
    );
    expect(warnings).toEqual(["A value of ::add-mask:: has fewer than 4 characters and is not hidden"]);
    expect(recorded).toEqual([]);
  });

  test("each secret is written down once, and one of an earlier run of the agent is hidden from the start", async () => {
    const { added, chain, recorded } = scene(["swordfish"]);
    expect(
      textOf(chain, [Buffer.from("swordfish\n::add-mask::hunter22\n::add-mask::hunter22\n::add-mask::swordfish")]),
    ).toBe("[MASKED]\n::add-mask::[MASKED]\n::add-mask::[MASKED]\n::add-mask::[MASKED]");
    await added.recorded;
    expect(recorded).toEqual(["hunter22"]);
  });

  test("a script that names secrets without end is told when no more are taken", async () => {
    const { added, chain, warnings, recorded } = scene();
    const lines = Array.from({ length: 600 }, (_, index) => `::add-mask::secret number ${1000 + index}\n`).join("");
    const output = textOf(chain, [Buffer.from(`${lines}secret number 1499, secret number 1599`)]);
    expect(output).toMatch(/::add-mask::\[MASKED\]\n\[MASKED\], secret number 1599$/);
    await added.recorded;
    expect(recorded).toHaveLength(500);
    expect(warnings).toHaveLength(1);
  });
});

test("however the output is cut, the same is hidden", async () => {
  const part = fc.constantFrom(
    "::add-mask::",
    "hunter22",
    "\n",
    "::",
    ":",
    "add-mask",
    " ",
    "\r\n",
    "abc",
    "hunt",
    "\u001b[0m",
  );
  const text = fc.array(part, { maxLength: 25 }).map((parts) => Buffer.from(parts.join("")));
  await fc.assert(
    fc.asyncProperty(inPieces(text), async (pieces) => {
      const one = scene();
      const other = scene();
      expect(textOf(one.chain, pieces)).toBe(textOf(other.chain, [Buffer.concat(pieces)]));
      await Promise.all([one.added.recorded, other.added.recorded]);
      expect(one.recorded).toEqual(other.recorded);
    }),
    { numRuns: 2000 },
  );
});
