import { randomBytes } from "node:crypto";
import { chown, mkdir, open, realpath, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { AgentError, messageOf } from "../support/errors.ts";
import { syncDirectory } from "../support/sync-directory.ts";
import { readConfigText } from "./load.ts";

/**
 * Replaces a file's text so that a reader, or a crash, sees the old text or the new one and nothing between. Mode 0600;
 * directories that are missing are made with 0700; the owner of an existing file stays its owner. Throws AgentError
 * CONFIG_UNWRITABLE.
 */
export async function saveConfig(file: string, text: string): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    const existing = await existingFile(file);
    if (existing && !existing.regular) throw new Error("it is not a regular file");
    await replace(existing?.path ?? file, text, existing);
  } catch (error) {
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? ""] ?? messageOf(error);
    throw new AgentError("CONFIG_UNWRITABLE", `${file} can't be written: ${reason}`, {
      hint: "run as the user that owns it, or name a file with --config that this user may write",
      exitCode: 2,
      cause: error,
    });
  }
}

/** Reads, changes and saves config.toml; `edit` gets "" when there is no file yet. */
export async function updateConfig(file: string, edit: (text: string) => string): Promise<void> {
  const text = (await readConfigText(file)) ?? "";
  const edited = edit(text);
  if (edited !== text) await saveConfig(file, edited);
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  ENOTDIR: "its directory is not a directory",
  EEXIST: "its directory is not a directory",
};

interface ExistingFile {
  /** With symbolic links resolved: the link stays, its target is replaced. */
  readonly path: string;
  readonly regular: boolean;
  readonly uid: number;
  readonly gid: number;
}

async function existingFile(file: string): Promise<ExistingFile | null> {
  try {
    const [real, { uid, gid, ...info }] = await Promise.all([realpath(file), stat(file)]);
    return { path: real, uid, gid, regular: (info.mode & 0o170000) === 0o100000 };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

async function replace(file: string, text: string, existing: ExistingFile | null): Promise<void> {
  const draft = path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await writeSynced(draft, "wx", text);
    if (existing && (existing.uid !== process.geteuid?.() || existing.gid !== process.getegid?.())) {
      await chown(draft, existing.uid, existing.gid);
    }
    await rename(draft, file);
    await syncDirectory(path.dirname(file));
  } catch (error) {
    await rm(draft, { force: true });
    // A file that is a mount point of its own, as in a container, can't be renamed over.
    if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
    await writeSynced(file, "r+", text);
  }
}

async function writeSynced(file: string, flags: "wx" | "r+", text: string): Promise<void> {
  await using handle = await open(file, flags, 0o600);
  if (flags === "r+") await handle.truncate(0);
  await handle.writeFile(text);
  if (flags === "r+") await handle.chmod(0o600);
  await handle.sync();
}
