import type { Readable } from "node:stream";
export function zipToTar(_path: string, _options: { readonly signal: AbortSignal }): Readable {
  throw new Error("being written");
}
