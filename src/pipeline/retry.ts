import { child, describe, flagOf, integerOf, isMapField, itemsOf, reject, type Field } from "./field.ts";
import { checkKeywords, keywordTables, words } from "./keywords.ts";
import type { PipelineJob } from "./pipeline.ts";
import { nearest } from "./problems.ts";

/** GitLab's failure reasons, as `retry:when` has them. */
const reasons: readonly string[] = words(`
    always unknown_failure script_failure api_failure stuck_or_timeout_failure
    runner_system_failure runner_unsupported stale_schedule job_execution_timeout
    archived_failure unmet_prerequisites scheduler_failure data_integrity_failure
    missing_dependency_failure forward_deployment_failure user_blocked ci_quota_exceeded
    project_deleted failed_outdated_deployment_job protected_environment_failure
    no_matching_runner image_pull_failure runner_provisioning_timeout
    runner_external_dependency_failure
  `);

export const noRetry: PipelineJob["retry"] = { max: 0, when: ["always"], exitCodes: [] };

/** `retry:`, a number or a map. With exit_codes alone, nothing but those codes is a reason. */
export function readRetry(field: Field): PipelineJob["retry"] {
  if (!isMapField(field)) return { ...noRetry, max: integerOf(field, 0, 2) ?? 0 };
  checkKeywords(field, keywordTables.retry, "'retry'");
  const max = child(field, "max");
  const when = child(field, "when");
  const codes = child(field, "exit_codes");
  const exitCodes = codes === null ? [] : readExitCodes(codes);
  const given = when === null ? [] : readReasons(when);
  return {
    max: max === null ? 0 : (integerOf(max, 0, 2) ?? 0),
    when: given.length === 0 && exitCodes.length === 0 ? noRetry.when : given,
    exitCodes,
  };
}

function readReasons(field: Field): readonly string[] {
  const items = field.node.kind === "list" ? itemsOf(field) : [field];
  return items.flatMap((item) => {
    const reason = item.node.kind === "scalar" ? item.node.text : "";
    if (reasons.includes(reason)) return [reason];
    const meant = nearest(reason, reasons);
    const shown = reason === "" ? describe(item.node) : `'${reason}'`;
    reject(
      item,
      `${shown} is no reason for retry:when.`,
      meant === null ? "Use e.g. script_failure." : `Did you mean '${meant}'?`,
    );
    return [];
  });
}

function readExitCodes(field: Field): readonly number[] {
  const items = field.node.kind === "list" ? itemsOf(field) : [field];
  return items.map((item) => integerOf(item, 0, 255)).filter((code) => code !== null);
}

/** `allow_failure:`, true, false or `{exit_codes}`. */
export function readAllowFailure(field: Field): boolean | readonly number[] {
  if (!isMapField(field)) return flagOf(field) ?? false;
  checkKeywords(field, keywordTables.allowFailure, "'allow_failure'");
  const codes = child(field, "exit_codes");
  if (codes === null) reject(field, "allow_failure names no exit codes.", "Add exit_codes:, or write true or false.");
  return codes === null ? false : readExitCodes(codes);
}
