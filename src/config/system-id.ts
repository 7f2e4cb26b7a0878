import { createHmac, randomInt } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { messageOf } from "../support/errors.ts";

export interface SystemId {
  /** `s_` or `r_` and 12 letters and digits: names this machine to the coordinator, beside the token. */
  readonly id: string;
  /** Why it couldn't be stored: the machine may get another one next time. null when all is well. */
  readonly warning: string | null;
}

/** Where Linux keeps the machine's id; the first that has one counts. */
const machineIdFiles = ["/var/lib/dbus/machine-id", "/etc/machine-id"];

/** The id in `.runner_system_id` beside the config file; made and stored there when there is none (protocol section 2.2). */
export async function systemId(
  configFile: string,
  machineFiles: readonly string[] = machineIdFiles,
): Promise<SystemId> {
  const { id, stored } = await peekSystemId(configFile, machineFiles);
  return { id, warning: stored ? null : await storeSystemId(configFile, id) };
}

const fileBeside = (configFile: string): string => path.join(path.dirname(configFile), ".runner_system_id");

/** The same without writing anything: for commands that must leave no trace when they fail. */
export async function peekSystemId(
  configFile: string,
  machineFiles: readonly string[] = machineIdFiles,
): Promise<{ readonly id: string; readonly stored: boolean }> {
  const text = (await readFile(fileBeside(configFile), "utf8").catch(() => "")).trim();
  if (/^[sr]_[0-9a-zA-Z]{12}$/.test(text)) return { id: text, stored: true };
  return { id: makeSystemId(await machineId(machineFiles)), stored: false };
}

/** Resolves to a warning when it can't be stored, else to null. */
export async function storeSystemId(configFile: string, id: string): Promise<string | null> {
  const file = fileBeside(configFile);
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, id, { mode: 0o600 });
    return null;
  } catch (error) {
    return (
      `the system ID ${id} can't be stored in ${file} (${messageOf(error)}); ` +
      "make the file writable, or the coordinator may see a new runner manager after the next start"
    );
  }
}

async function machineId(files: readonly string[]): Promise<string> {
  for (const file of files) {
    const id = (await readFile(file, "utf8").catch(() => "")).trim();
    if (id !== "") return id;
  }
  return "";
}

const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** From the machine's id, as GitLab Runner makes it (both on one machine get the same); random without one. */
export function makeSystemId(machine: string): string {
  if (machine !== "") return `s_${createHmac("sha256", machine).update("gitlab-runner").digest("hex").slice(0, 12)}`;
  return `r_${Array.from({ length: 12 }, () => alphabet[randomInt(alphabet.length)]).join("")}`;
}
