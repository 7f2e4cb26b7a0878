import { posix } from "node:path";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AgentError } from "../support/errors.ts";
import { deflateCodec, storeCodec, zstdCodec } from "./block-compression.ts";
import { tarToGzip } from "./gzip-writer.ts";
import { type Statement, withStatement } from "./provenance.ts";
import type { Tally } from "./tally.ts";
import { tarFiles } from "./tar-files.ts";
import { tarToZstd, ZSTD_LEVEL } from "./tar-zstd.ts";
import { DEFAULT_LEVEL, type Packed, type PackOptions, tarToZip } from "./zip-writer.ts";

export interface WriteArtifactOptions {
  /** The job's artifact_format; "" counts as zip. */
  readonly format: string;
  readonly stripPrefix: string;
  readonly signal?: AbortSignal;
  /** Deflate level 1 to 9, of ARTIFACT_COMPRESSION_LEVEL; 0 for none at all; default DEFAULT_LEVEL. */
  readonly level?: number;
  /** Kept up to date on the way. */
  readonly tally?: Tally;
  /** Added to a zip archive, and to no other. */
  readonly statement?: Statement;
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  "": ".zip",
  zip: ".zip",
  zipzstd: ".zip",
  gzip: ".gz",
  tarzstd: ".tar.zst",
};

/** The name an artifact is uploaded under (protocol 9.1). */
export function artifactFileName(name: string, format: string): string {
  const base = name === "" ? "artifacts" : posix.basename(name);
  return `${base === "" || base === "." ? "default" : base}${EXTENSIONS[format] ?? ""}`;
}

/** The deflate level of an ARTIFACT_COMPRESSION_LEVEL. As for GitLab Runner, the fastest way is not to compress at all. */
export function compressionLevel(name: string): number {
  const levels: Readonly<Record<string, number>> = { fastest: 0, fast: 1, slow: 7, slowest: 9 };
  return levels[name.toLowerCase()] ?? DEFAULT_LEVEL;
}

/**
 * Turns a tar stream into what is uploaded in this format, as it passes; ends `out`. Throws AgentError ARTIFACT_RAW
 * (author) unless the format raw gets exactly one file, ARTIFACT_FORMAT for an unknown format.
 */
export async function writeArtifact(tar: Readable, out: Writable, options: WriteArtifactOptions): Promise<Packed> {
  const { format, level, stripPrefix, signal, tally, statement } = options;
  const through: PackOptions = statement
    ? { stripPrefix, through: (files) => withStatement(files, statement) }
    : { stripPrefix };
  const common: PackOptions = { ...through, ...(signal ? { signal } : {}), ...(tally ? { tally } : {}) };
  switch (format) {
    case "zipzstd":
      return tarToZip(tar, out, { ...common, codec: level === 0 ? storeCodec : zstdCodec(ZSTD_LEVEL) });
    case "":
    case "zip":
      return tarToZip(tar, out, { ...common, codec: level === 0 ? storeCodec : deflateCodec(level ?? DEFAULT_LEVEL) });
    case "gzip":
      return tarToGzip(tar, out, common);
    case "tarzstd":
      return tarToZstd(tar, out, common);
    case "raw":
      return tarToRaw(tar, out, common);
    default:
      tar.destroy();
      throw new AgentError("ARTIFACT_FORMAT", `unknown artifact format "${format}"`, {
        hint: "Formats are zip, gzip, raw, zipzstd and tarzstd.",
        audience: "author",
      });
  }
}

async function tarToRaw(tar: Readable, out: Writable, options: PackOptions): Promise<Packed> {
  const result = { files: 0, bytes: 0 };
  const content = async function* () {
    for await (const file of tarFiles(tar, options.stripPrefix, options.tally)) {
      if (file.kind !== "file") continue;
      if (++result.files > 1) throw notOneFile();
      for await (const chunk of file.content) {
        result.bytes += chunk.length;
        yield chunk;
      }
    }
    if (result.files === 0) throw notOneFile();
  };
  await pipeline(content, out, options.signal ? { signal: options.signal } : {});
  return result;
}

function notOneFile(): AgentError {
  return new AgentError("ARTIFACT_RAW", "an artifact of the format raw must be exactly one file", {
    hint: "Name one file, without wildcards that match several.",
    audience: "author",
  });
}
