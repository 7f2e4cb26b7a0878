import type { ByteFilter } from "./byte-filter.ts";
import { noBytes } from "./byte-filter.ts";
import { mask } from "./mask.ts";
import { PhraseAutomaton } from "./phrase-automaton.ts";

/** Query parameters whose values are secrets wherever they are printed (protocol section 8.5, rule 2). */
const urlParameters = [
  "private_token",
  "authenticity_token",
  "rss_token",
  "x-amz-signature",
  "x-amz-credential",
  "x-amz-security-token",
];

/** What GitLab's own tokens begin with (rule 3): the first always, the others with FF_MASK_ALL_DEFAULT_TOKENS. */
const personalTokenPrefix = "glpat-";
const otherTokenPrefixes = [
  "gloas-",
  "gldt-",
  "glrt-",
  "glcbt-",
  "glrtr-",
  "glptt-",
  "glft-",
  "glimt-",
  "glagent-",
  "glsoat-",
  "glffct-",
  "_gitlab_session=",
  "gltok-",
];

interface TailRule {
  /** After one of these a secret follows. */
  readonly leads: PhraseAutomaton;
  /** By byte: 1 when it goes on with the secret. */
  readonly belongs: Uint8Array;
  /** Whether a lead that nothing follows is answered by `[MASKED]` too. */
  readonly maskEmpty: boolean;
}

const urlRule: TailRule = {
  leads: automatonOf(
    urlParameters.flatMap((name) => [`?${name}=`, `&${name}=`]),
    true,
  ),
  belongs: Uint8Array.from({ length: 256 }, (_, byte) =>
    byte <= 0x20 || byte === 0x7f || byte === 0x3f || byte === 0x26 ? 0 : 1,
  ),
  maskEmpty: true,
};

const tokenBytes = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9._=-]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** Masks the values of URL parameters: all up to `?`, `&`, white space or a control character, even if it is nothing. */
export function urlParameterMasker(): ByteFilter {
  return new TailMasker(urlRule);
}

export interface TokenMaskerOptions {
  /** FF_MASK_ALL_DEFAULT_TOKENS; on by default in GitLab Runner. */
  readonly allDefaultTokens: boolean;
  /** `features.token_mask_prefixes` of the job. */
  readonly prefixes: readonly string[];
}

/**
 * Makes filters that mask what follows a token's prefix; the prefix stays, so that a reader sees what kind of token
 * it was. GitLab Runner drops all but 15 prefixes; here every one counts.
 */
export function tokenMaskers(options: TokenMaskerOptions): () => ByteFilter {
  const defaults = options.allDefaultTokens ? [personalTokenPrefix, ...otherTokenPrefixes] : [personalTokenPrefix];
  const given = options.prefixes.map((prefix) => prefix.trim()).filter((prefix) => prefix !== "");
  const rule: TailRule = {
    leads: automatonOf([...new Set([...defaults, ...given])], false),
    belongs: tokenBytes,
    maskEmpty: false,
  };
  return () => new TailMasker(rule);
}

function automatonOf(leads: readonly string[], ignoreCase: boolean): PhraseAutomaton {
  return new PhraseAutomaton(
    leads.map((lead) => Buffer.from(lead)),
    ignoreCase,
  );
}

/** Lets a lead (a parameter's name, a token's prefix) pass and hides what follows it. Never holds anything back. */
class TailMasker implements ByteFilter {
  readonly #leads: PhraseAutomaton;
  readonly #belongs: Uint8Array;
  readonly #maskEmpty: boolean;
  #state = PhraseAutomaton.root;
  #mode: "outside" | "after-lead" | "hiding" = "outside";

  constructor(rule: TailRule) {
    this.#leads = rule.leads;
    this.#belongs = rule.belongs;
    this.#maskEmpty = rule.maskEmpty;
  }

  push(chunk: Buffer): Buffer {
    const out: Buffer[] = [];
    /** All before it has been given out or hidden. */
    let done = 0;
    let position = 0;
    while (position < chunk.length) {
      if (this.#mode === "outside") {
        position = this.#findLead(chunk, position);
        if (this.#mode === "outside" || !this.#maskEmpty) continue;
        out.push(chunk.subarray(done, position), mask);
        done = position;
        this.#mode = "hiding";
      } else if (this.#belongs[chunk[position] as number] === 0) {
        if (this.#mode === "hiding") this.#state = PhraseAutomaton.root;
        this.#mode = "outside";
        // The byte that ends a secret may begin the next lead.
        this.#advance(chunk[position++] as number);
      } else {
        if (this.#mode === "after-lead") out.push(chunk.subarray(done, position), mask);
        this.#mode = "hiding";
        done = this.#endOfTail(chunk, position);
        position = done;
      }
    }
    if (out.length === 0 && done === 0) return chunk;
    if (done < chunk.length) out.push(chunk.subarray(done));
    return Buffer.concat(out);
  }

  flush(): Buffer {
    this.#state = PhraseAutomaton.root;
    this.#mode = "outside";
    return noBytes;
  }

  /** The position after the next lead, or the end of the chunk. */
  #findLead(chunk: Buffer, from: number): number {
    for (let position = from; position < chunk.length; position++) {
      if (this.#state === PhraseAutomaton.root) {
        position = this.#leads.skip(chunk, position);
        if (position >= chunk.length) break;
      }
      this.#advance(chunk[position] as number);
      if (this.#mode !== "outside") return position + 1;
    }
    return chunk.length;
  }

  #advance(byte: number): void {
    this.#state = this.#leads.step(this.#state, byte);
    if (this.#leads.matched(this.#state) > 0) this.#mode = "after-lead";
  }

  #endOfTail(chunk: Buffer, from: number): number {
    let position = from;
    while (position < chunk.length && this.#belongs[chunk[position] as number] === 1) position++;
    return position;
  }
}
