/** Bytes to standard output. Resolves when they are on their way, so that whoever writes is no faster than who reads. */
export function writeOutput(bytes: Uint8Array | string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
