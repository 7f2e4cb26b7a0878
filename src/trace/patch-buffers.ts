/** Most bytes of one PATCH. */
export const longestPatchBytes = 1024 * 1024;

/** What is smaller costs less than the look for it. */
const worthKeepingBytes = 128 * 1024;
const keptAtMost = 2;
const kept: Buffer[] = [];

/**
 * A buffer for the bytes of one PATCH. Large ones are used again, by the jobs in turn: a new one for each would have
 * the garbage collector run for every few MiB of a long log, and the process grow by what it has not run for yet.
 */
export function takePatchBuffer(length: number): Buffer {
  if (length < worthKeepingBytes) return Buffer.allocUnsafe(length);
  return (kept.pop() ?? Buffer.allocUnsafeSlow(longestPatchBytes)).subarray(0, length);
}

/** For bytes from `takePatchBuffer` that nobody reads any more. */
export function givePatchBuffer(bytes: Buffer): void {
  if (bytes.buffer.byteLength === longestPatchBytes && kept.length < keptAtMost) kept.push(Buffer.from(bytes.buffer));
}
