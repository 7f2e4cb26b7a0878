import { containersRules } from "./containers/rules.ts";
import type { Evidence } from "./evidence.ts";
import { absenceRules, reachingRules } from "./reaching/rules.ts";
import { resourcesRules } from "./resources/rules.ts";
import { withoutQuotes } from "./quotes.ts";
import type { Finding, Rule } from "./rule.ts";

/** A finding with the rule that made it. */
export interface Explanation extends Finding {
  readonly rule: string;
  /** True: that is why the job failed. False: it costs the job something, whatever became of it. */
  readonly isCause: boolean;
}

/** Every rule, the most specific first: what is wrong with the way to a daemon explains more than an exit code. */
export const rules: readonly Rule[] = [...reachingRules, ...resourcesRules, ...absenceRules, ...containersRules];

/** All that the rules find, the cause first; advice of jobs that succeed as well. Pure, and none when nothing is known for certain. */
export function explain(whole: Evidence): readonly Explanation[] {
  const evidence = { ...whole, output: withoutQuotes(whole.output) };
  return rules.flatMap((rule) => {
    if (rule.of === "failed" && evidence.failure === null) return [];
    const finding = rule.explain(evidence);
    return finding === null ? [] : [{ rule: rule.name, isCause: rule.of === "failed", ...finding }];
  });
}
