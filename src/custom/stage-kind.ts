/**
 * Who does a stage of the calling runner's. `script`: the build container runs what the runner generated. `helper`: the
 * helper does. `own`: Longshore does it itself, from the job's description.
 */
export type StageKind = "script" | "helper" | "own";

const own = new Set([
  "restore_cache",
  "download_artifacts",
  "archive_cache",
  "archive_cache_on_failure",
  "upload_artifacts_on_success",
  "upload_artifacts_on_failure",
]);

/** @param script what the runner generated for it */
export function kindOf(stage: string, script: string): StageKind {
  if (stage === "build_script" || stage === "after_script" || stage.startsWith("step_")) return "script";
  if (!own.has(stage)) return "helper";
  return stage.includes("cache") && namesStore(script) ? "helper" : "own";
}

/** A cache that lies in a store elsewhere: only the generated script has the signed addresses of it. */
function namesStore(script: string): boolean {
  // Line by line, as the shell's quoting has them: a job's variable may say anything.
  return /\bcache-(?:archiver|extractor)\b(?:(?!\\n)[^\n])*--(?:gocloud-)?url\b/.test(script);
}
