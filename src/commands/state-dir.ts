import { join } from "node:path";
import type { CommandDeps } from "./command-deps.ts";

/** Where agents keep their state: LONGSHORE_STATE_DIR, else /var/lib/longshore for root and below the user's home for others. */
export function defaultStateDir({ uid, home, env }: Pick<CommandDeps, "uid" | "home" | "env">): string {
  const named = env["LONGSHORE_STATE_DIR"];
  if (named) return named;
  return uid === 0 ? "/var/lib/longshore" : join(home, ".local", "state", "longshore");
}
