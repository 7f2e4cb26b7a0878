import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { AgentError } from "../support/errors.ts";

/** Where a [[runners]] entry's TLS material lies. Paths; "" for not set. */
export interface TlsPaths {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** Looked into for `<host>.crt`, `<host>.auth.crt`, `<host>.auth.key` where a path is not set; "" for nowhere. */
  readonly certsDir: string;
}

/** PEM texts; "" where there is none. */
export interface TlsMaterial {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Changes whenever one of the files does. */
  readonly stamp: string;
}

interface Found {
  readonly path: string;
  readonly stamp: string;
}

/** Reads the files of one host, and again when they change (protocol section 1.5). */
export class TlsFiles {
  readonly #paths: TlsPaths;
  readonly #host: string;
  #material: TlsMaterial | null = null;

  /** @param host name without port, as the certificate directory's files are called. */
  constructor(paths: TlsPaths, host: string) {
    this.#paths = paths;
    this.#host = host;
  }

  /** Throws an AgentError `TLS_FILE` when a file that the configuration names cannot be read. */
  async current(): Promise<TlsMaterial> {
    const { caFile, certFile, keyFile } = this.#paths;
    const ca = await this.#find(caFile, ".crt", "tls-ca-file");
    const cert = await this.#find(certFile, ".auth.crt", "tls-cert-file");
    const key = await this.#find(keyFile, ".auth.key", "tls-key-file");
    const stamp = [ca, cert, key].map((file) => (file === null ? "-" : `${file.path}@${file.stamp}`)).join("|");
    if (this.#material?.stamp !== stamp) {
      this.#material = { ca: await content(ca), cert: await content(cert), key: await content(key), stamp };
    }
    return this.#material;
  }

  async #find(configured: string, suffix: string, key: string): Promise<Found | null> {
    const { certsDir } = this.#paths;
    if (configured === "" && certsDir === "") return null;
    const path = configured === "" ? join(certsDir, `${this.#host}${suffix}`) : configured;
    try {
      const { mtimeMs, size, ino } = await stat(path);
      return { path, stamp: `${mtimeMs}-${size}-${ino}` };
    } catch (error) {
      if (configured === "") return null;
      throw unreadable(key, path, error);
    }
  }
}

async function content(file: Found | null): Promise<string> {
  if (file === null) return "";
  try {
    return await readFile(file.path, "utf8");
  } catch (error) {
    throw unreadable("The TLS file", file.path, error);
  }
}

function unreadable(what: string, path: string, error: unknown): AgentError {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const why = code === "ENOENT" ? "does not exist" : code === "EACCES" ? "may not be read" : `cannot be read (${code})`;
  const hint = "Correct the path in config.toml, or put the file there; it is looked for again at the next call.";
  return new AgentError("TLS_FILE", `${what} ${path} ${why}.`, { hint, cause: error });
}
