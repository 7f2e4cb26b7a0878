import { open } from "node:fs/promises";

/** Makes what was created, renamed or removed in a directory outlive a power failure. */
export async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, "r");
  await handle.sync();
}
