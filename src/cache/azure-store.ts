import { createHmac, randomBytes } from "node:crypto";
import type { AzureCacheConfig } from "../config/schema-cache.ts";
import type { FinishedPart, Metadata, ObjectStore, RequestShape, SignedRequest, UploadShapes } from "./object-store.ts";
import { encodePath, type Purpose } from "./object-store.ts";
import { storeConfigError } from "./store-error.ts";

const version = "2020-12-06";
const contentType = "application/octet-stream";
/** Clocks differ. */
const earlierMs = 3_600_000;
const nothing = { query: {}, headers: {}, body: null } as const;

/** A container of Azure Blob Storage; requests carry a service SAS for one blob and one way, made with the account's key. */
export class AzureStore implements ObjectStore {
  readonly uploads: UploadShapes = blockUploads;
  readonly #config: AzureCacheConfig;
  readonly #now: () => number;
  readonly #endpoint: URL;

  /**
   * @param endpoint of the account's blobs; default by its name
   * @throws AgentError CACHE_STORE_CONFIG
   */
  constructor(config: AzureCacheConfig, now: () => number, endpoint?: URL) {
    for (const key of ["AccountName", "AccountKey", "ContainerName"] as const) {
      if (config[key] === "") throw storeConfigError(`[runners.cache.azure] has no ${key}`, `Set ${key}.`);
    }
    this.#config = config;
    this.#now = now;
    this.#endpoint = endpoint ?? new URL(`https://${config.AccountName}.${config.StorageDomain}/`);
  }

  async locate(object: string): Promise<URL> {
    return new URL(`${this.#endpoint.href}${encodePath(this.#config.ContainerName)}/${encodePath(object)}`);
  }

  async sign(object: string, shape: RequestShape, purpose: Purpose, seconds: number): Promise<SignedRequest> {
    const url = await this.locate(object);
    for (const [name, value] of Object.entries(shape.query)) url.searchParams.set(name, value);
    for (const [name, value] of Object.entries(this.#sas(object, purpose, seconds))) url.searchParams.set(name, value);
    return { url, headers: { ...shape.headers, "x-ms-version": version } };
  }

  #sas(object: string, purpose: Purpose, seconds: number): Readonly<Record<string, string>> {
    const { AccountName, AccountKey, ContainerName } = this.#config;
    const now = this.#now();
    const permissions = purpose === "upload" ? "w" : "r";
    const [start, expiry] = [now - earlierMs, now + seconds * 1000].map(
      (time) => `${new Date(time).toISOString().slice(0, 19)}Z`,
    ) as [string, string];
    const protocol = this.#endpoint.protocol === "https:" ? "https" : "https,http";
    const resource = `/blob/${AccountName}/${ContainerName}/${object}`;
    // The order is the service's; empty lines are what this SAS does not restrict or override.
    const fields = [permissions, start, expiry, resource, "", "", protocol, version, "b", "", "", "", "", "", "", ""];
    const sig = createHmac("sha256", Buffer.from(AccountKey, "base64")).update(fields.join("\n")).digest("base64");
    return { sv: version, sr: "b", sp: permissions, st: start, se: expiry, spr: protocol, sig };
  }
}

/** Blocks are named by whoever puts them; those that no list names go after a week. */
const blockUploads: UploadShapes = {
  whole: (metadata) => ({
    ...nothing,
    method: "PUT",
    headers: { "content-type": contentType, "x-ms-blob-type": "BlockBlob", ...metadataHeaders(metadata) },
  }),
  begin: () => null,
  // Of an upload that an earlier run of the agent began, no block may be taken for one of this.
  idOf: () => randomBytes(6).toString("hex"),
  part: (id, number) => ({ ...nothing, method: "PUT", query: { comp: "block", blockid: blockId(id, number) } }),
  finish: (id, parts, metadata) => finishShape(id, parts, metadata),
  abort: () => null,
};

function finishShape(id: string, parts: readonly FinishedPart[], metadata: Metadata): RequestShape {
  const list = parts.map(({ number }) => `<Latest>${blockId(id, number)}</Latest>`).join("");
  return {
    method: "PUT",
    query: { comp: "blocklist" },
    headers: {
      "content-type": "application/xml",
      "x-ms-blob-content-type": contentType,
      ...metadataHeaders(metadata),
    },
    body: Buffer.from(`<?xml version="1.0" encoding="utf-8"?><BlockList>${list}</BlockList>`),
  };
}

/** All of one length, as the service wants it. */
function blockId(id: string, number: number): string {
  return Buffer.from(`${id}-${String(number).padStart(6, "0")}`).toString("base64");
}

function metadataHeaders(metadata: Metadata): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [`x-ms-meta-${name}`, encodeURIComponent(value)]),
  );
}
