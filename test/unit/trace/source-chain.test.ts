import { expect, test } from "vitest";
import { MaskSet } from "../../../src/trace/mask.ts";
import { tokenMaskers } from "../../../src/trace/mask-rules.ts";
import { SourceChain } from "../../../src/trace/source-chain.ts";

const tokenMasker = tokenMaskers({ allDefaultTokens: true, prefixes: [] });

test("a token that a kill cuts is hidden also when a secret is known since that begins in the midst of it", () => {
  const text = "see glpat-0123456789 there\n";
  for (let killedAfter = 1; killedAfter < text.length; killedAfter++) {
    const before = new SourceChain("stdout", { secrets: new MaskSet([]), tokenMasker, now: null });
    const shown = before.push(Buffer.from(text.slice(0, killedAfter))).toString();

    const secrets = new MaskSet(["-other-secret", "pat-other-secret", "01other-secret"]);
    const after = new SourceChain("stdout", { secrets, tokenMasker, now: null, heldBefore: before.held });
    after.replay(Buffer.from(text.slice(0, killedAfter)));
    const rest = Buffer.concat([after.push(Buffer.from(text.slice(killedAfter))), after.flush()]).toString();
    expect(shown + rest).toBe("see glpat-[MASKED] there\n");
  }
});
