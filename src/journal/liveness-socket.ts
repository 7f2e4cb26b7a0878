import { open, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { basename, dirname } from "node:path";

/** Errors of a connection that say that nobody listens. */
const nobodyListens: ReadonlySet<string> = new Set(["ECONNREFUSED", "ENOENT", "ENOTSOCK"]);

/**
 * Listens on a Unix socket as long as this process lives, and keeps no process alive. It is how processes find out
 * about each other that share a directory and see nothing else of each other, as in two containers.
 */
export async function listenWhileAlive(path: string): Promise<AsyncDisposable> {
  const directory = await open(dirname(path));
  const server = createServer((connection) => connection.destroy());
  const close = async () => {
    if (server.listening) await new Promise<void>((resolve) => void server.close(() => resolve()));
    await rm(path, { force: true });
    await directory.close();
  };
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(shortName(directory.fd, path), resolve);
    });
  } catch (error) {
    await close();
    throw error;
  }
  server.unref();
  return { [Symbol.asyncDispose]: close };
}

/** False when it is certain that no process listens on the socket any more. */
export async function isAnybodyListening(path: string): Promise<boolean> {
  await using directory = await open(dirname(path));
  return new Promise<boolean>((resolve) => {
    const connection = connect(shortName(directory.fd, path), () => {
      connection.destroy();
      resolve(true);
    });
    connection.once("error", ({ code = "" }: NodeJS.ErrnoException) => resolve(!nobodyListens.has(code)));
  });
}

/** A socket's name is limited to 107 bytes, and state directories may lie deep. */
function shortName(directory: number, path: string): string {
  return `/proc/self/fd/${directory}/${basename(path)}`;
}
