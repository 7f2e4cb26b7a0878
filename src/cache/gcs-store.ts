import { createHash } from "node:crypto";
import type { GcsCacheConfig } from "../config/schema-cache.ts";
import type { GcsIdentity } from "./gcs-identity.ts";
import type { ObjectStore, Purpose, RequestShape, SignedRequest, UploadShapes } from "./object-store.ts";
import { encodePath, encodeStrictly } from "./object-store.ts";
import { storeConfigError } from "./store-error.ts";
import { xmlUploads } from "./xml-uploads.ts";

const usualUniverse = "googleapis.com";
const algorithm = "GOOG4-RSA-SHA256";
/** A week, which is what the service takes. */
const longestSeconds = 604_800;

/** A bucket on Google Cloud Storage by its XML API; requests are signed in their URLs (V4 signing process). */
export class GcsStore implements ObjectStore {
  readonly uploads: UploadShapes = xmlUploads("x-goog-meta-", {});
  readonly #config: GcsCacheConfig;
  readonly #identity: () => Promise<GcsIdentity>;
  readonly #now: () => number;

  /** @throws AgentError CACHE_STORE_CONFIG */
  constructor(config: GcsCacheConfig, identity: () => Promise<GcsIdentity>, now: () => number) {
    if (config.BucketName === "") throw storeConfigError("[runners.cache.gcs] names no bucket", "Set BucketName.");
    this.#config = config;
    this.#identity = identity;
    this.#now = now;
  }

  async locate(object: string): Promise<URL> {
    const host = `storage.${this.#config.UniverseDomain || usualUniverse}`;
    return new URL(`https://${host}/${encodePath(this.#config.BucketName)}/${encodePath(object)}`);
  }

  async sign(object: string, shape: RequestShape, _: Purpose, seconds: number): Promise<SignedRequest> {
    const identity = await this.#identity();
    const url = await this.locate(object);
    url.search = await signedQuery(url, shape, identity, seconds, new Date(this.#now()));
    return { url, headers: shape.headers };
  }
}

/** The query of a signed URL. Exported for the test against Google's published signatures. */
export async function signedQuery(
  url: URL,
  { method, query, headers }: RequestShape,
  identity: GcsIdentity,
  seconds: number,
  now: Date,
): Promise<string> {
  const time = `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const scope = `${time.slice(0, 8)}/auto/storage/goog4_request`;
  const all = Object.entries({ ...headers, host: url.host })
    .map(([name, value]) => [name.toLowerCase(), value.trim().replaceAll(/\s+/g, " ")] as const)
    .toSorted(byName);
  const signedHeaders = all.map(([name]) => name).join(";");
  const parameters = {
    ...query,
    "X-Goog-Algorithm": algorithm,
    "X-Goog-Credential": `${identity.email}/${scope}`,
    "X-Goog-Date": time,
    "X-Goog-Expires": String(Math.min(seconds, longestSeconds)),
    "X-Goog-SignedHeaders": signedHeaders,
  };
  const search = Object.entries(parameters)
    .map(([name, value]) => [encodeStrictly(name), encodeStrictly(value)] as const)
    .toSorted(byName)
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
  const payload = headers["x-goog-content-sha256"] ?? "UNSIGNED-PAYLOAD";
  const lines = all.map(([name, value]) => `${name}:${value}\n`).join("");
  const canonical = [method, url.pathname, search, lines, signedHeaders, payload].join("\n");
  const digest = createHash("sha256").update(canonical).digest("hex");
  const signature = await identity.sign([algorithm, time, scope, digest].join("\n"));
  return `${search}&X-Goog-Signature=${signature.toString("hex")}`;
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
