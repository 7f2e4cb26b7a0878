/** What `debug_trace_disabled` forbids. */
export interface DebugSettings {
  /** CI_DEBUG_TRACE: the shell shows each command. */
  readonly trace: boolean;
  /** CI_DEBUG_SERVICES: what services print goes into the log. */
  readonly services: boolean;
  /** For the log, in GitLab Runner's words. */
  readonly warnings: readonly string[];
}

const names = ["CI_DEBUG_SERVICES", "CI_DEBUG_TRACE"] as const;

/** @param isDisabled `debug_trace_disabled` of the [[runners]] entry */
export function debugSettings(variables: { get(key: string): string }, isDisabled: boolean): DebugSettings {
  const asked = names.map((name) => ({ name, ...readBoolean(variables.get(name)) }));
  const isOn = (wanted: string) => !isDisabled && asked.some(({ name, value }) => name === wanted && value);
  return {
    trace: isOn("CI_DEBUG_TRACE"),
    services: isOn("CI_DEBUG_SERVICES"),
    warnings: [
      ...asked
        // Of the other it is told where the job's settings are read.
        .filter(({ name, isReadable }) => name === "CI_DEBUG_SERVICES" && !isReadable)
        .map(({ name }) => `${name}: expected bool got "${variables.get(name)}", using default value: false`),
      ...asked
        .filter(({ value }) => value && isDisabled)
        .map(({ name }) => `${name}: usage is disabled on this Runner`)
        .reverse(),
    ],
  };
}

function readBoolean(text: string): { readonly value: boolean; readonly isReadable: boolean } {
  const value = ["1", "t", "true"].includes(text.toLowerCase());
  return { value, isReadable: value || ["", "0", "f", "false"].includes(text.toLowerCase()) };
}
