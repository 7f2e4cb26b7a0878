import type { Variables } from "./variables.ts";
import type { Attempts } from "./attempts.ts";

const mostAttempts = 10;
const defaultAfterScriptSeconds = 300;

/** What the job's variables say about retries and limits (GitLab Runner's names and defaults). */
export interface JobSettings {
  readonly attempts: Omit<Attempts, "backOff">;
  readonly scriptTimeoutSeconds: number | null;
  readonly afterScriptTimeoutSeconds: number;
  readonly afterScriptIgnoreErrors: boolean;
  readonly warnings: readonly string[];
}

export function jobSettings(variables: Variables, timeoutSeconds: number): JobSettings {
  const warnings: string[] = [];
  const attempts = (key: string): number => {
    const text = variables.value(key);
    if (text === "") return 1;
    const count = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (count >= 1 && count <= mostAttempts) return count;
    warnings.push(`${key}: expected a number from 1 to ${mostAttempts}, got "${text}"`);
    return Number.isNaN(count) || count < 1 ? 1 : mostAttempts;
  };
  const limit = (key: string): number | null => {
    const text = variables.value(key);
    if (text.trim() === "") return null;
    const seconds = goDurationSeconds(text);
    if (seconds === null || seconds < 0) {
      warnings.push(`Ignoring ${seconds === null ? "malformed" : "relative"} ${key} timeout: ${text}`);
      return null;
    }
    if (seconds === 0) return null;
    if (seconds > timeoutSeconds)
      warnings.push(`${key} timeout: ${text} is longer than job timeout. Setting to job timeout`);
    return Math.min(seconds, timeoutSeconds);
  };
  const debugTrace = variables.value("CI_DEBUG_TRACE");
  if (debugTrace !== "" && goBoolean(debugTrace) === null)
    warnings.push(`CI_DEBUG_TRACE: expected true or false, got "${debugTrace}"; false is used`);
  const ignoreErrors = goBoolean(variables.value("AFTER_SCRIPT_IGNORE_ERRORS"));
  if (ignoreErrors === null) {
    warnings.push(
      `AFTER_SCRIPT_IGNORE_ERRORS: expected true or false, got "${variables.value("AFTER_SCRIPT_IGNORE_ERRORS")}"; true is used`,
    );
  }
  return {
    attempts: {
      getSources: attempts("GET_SOURCES_ATTEMPTS"),
      restoreCache: attempts("RESTORE_CACHE_ATTEMPTS"),
      downloadArtifacts: attempts("ARTIFACT_DOWNLOAD_ATTEMPTS"),
      jobSection: attempts("EXECUTOR_JOB_SECTION_ATTEMPTS"),
    },
    scriptTimeoutSeconds: limit("RUNNER_SCRIPT_TIMEOUT"),
    afterScriptTimeoutSeconds:
      limit("RUNNER_AFTER_SCRIPT_TIMEOUT") ?? Math.min(defaultAfterScriptSeconds, timeoutSeconds),
    afterScriptIgnoreErrors: ignoreErrors ?? true,
    warnings,
  };
}

const units: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ns: 1e-9,
};

const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;
/** Asked first: `part` by itself begins anew at every digit of a number that has no unit. */
const whole = /^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;

/** `1h30m`, `-90s`, `.5h`, `0` as Go's ParseDuration reads them; null for anything else. */
function goDurationSeconds(text: string): number | null {
  const [, sign = "", rest = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === "0") return 0;
  if (!whole.test(rest)) return null;
  let seconds = 0;
  for (const [, amount, unit] of rest.matchAll(part)) seconds += Number(amount) * (units[unit as string] as number);
  return sign === "-" ? -seconds : seconds;
}

/** As Go's ParseBool reads it, "" as true (the only default that is asked for here); null for anything else. */
function goBoolean(text: string): boolean | null {
  if (["", "1", "t", "T", "true", "TRUE", "True"].includes(text)) return true;
  return ["0", "f", "F", "false", "FALSE", "False"].includes(text) ? false : null;
}
