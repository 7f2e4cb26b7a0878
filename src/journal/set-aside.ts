import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { journalFiles } from "./read-job.ts";
import type { StateDirectory } from "./state-directory.ts";

const prefix = ".unreadable-";
const mostKept = 20;
const longestKeptMs = 7 * 24 * 3_600_000;

/** Of a journal that was of no use any more. */
export function isSetAside(name: string): boolean {
  return name.startsWith(prefix);
}

/** They hold tokens, keys and masked values. */
const secretFiles = [journalFiles.payload, journalFiles.received, journalFiles.plan, `${journalFiles.plan}.new`];

/**
 * Takes a journal out of the way that no start can do anything with, so that not each of them tells of it. It is kept for
 * whoever wants to know what happened, but not what it was handed out with: nobody needs the job's token, keys
 * and secrets any more.
 * Returns where it is.
 */
export async function setAside(path: string): Promise<string> {
  await Promise.all(secretFiles.map((file) => rm(join(path, file), { force: true })));
  const aside = join(dirname(path), `${prefix}${basename(path)}`);
  await rm(aside, { recursive: true, force: true });
  await rename(path, aside);
  return aside;
}

/** Keeps the newest of them, for a week. */
export async function forgetOldOnes({ jobsPath }: StateDirectory): Promise<void> {
  const names = (await readdir(jobsPath)).filter(isSetAside);
  const aged = await Promise.all(
    names.map(async (name) => ({ path: join(jobsPath, name), at: (await stat(join(jobsPath, name))).mtimeMs })),
  );
  aged.sort((one, other) => other.at - one.at);
  const old = aged.filter(({ at }, index) => index >= mostKept || Date.now() - at > longestKeptMs);
  await Promise.all(old.map(({ path }) => rm(path, { recursive: true, force: true })));
}
