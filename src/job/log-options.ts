import { configurationRefusal } from "./refusal.ts";

const allowed = ["env", "labels"];

/** `log_options` of config.toml: what the json-file driver may copy into its records, and nothing that moves or limits logs. */
export function requireLogOptions(options: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const others = Object.keys(options)
    .filter((key) => !allowed.includes(key))
    .sort();
  if (others.length === 0) return options;
  throw configurationRefusal(
    "CONFIG_LOG_OPTIONS",
    `invalid log options: only ${allowed.join(" and ")} are allowed, but found: ${others.join(", ")}`,
    "take the others out of log_options in [runners.docker] of config.toml",
    "admin",
  );
}
