import { AgentPool } from "../coordinator/agents.ts";
import { defaultLimits, exchange } from "../coordinator/http.ts";
import type { ProxyEnvironment } from "../coordinator/proxy.ts";
import { TlsFiles } from "../coordinator/tls-files.ts";
import type { CacheConfig } from "../config/schema-cache.ts";
import type { Clock } from "../support/clock.ts";
import { AzureStore } from "./azure-store.ts";
import { gcsIdentity, type GcsIdentity } from "./gcs-identity.ts";
import { GcsStore } from "./gcs-store.ts";
import type { ObjectStore } from "./object-store.ts";
import { PartMemory } from "./part-memory.ts";
import type { PlainCall } from "./plain-call.ts";
import { S3Credentials } from "./s3-credentials.ts";
import { ambientCredentials, assumeRole, detectRegion } from "./s3-services.ts";
import { S3Store } from "./s3-store.ts";
import { refused, StoreChannel } from "./store-channel.ts";
import { storeConfigError, storeError } from "./store-error.ts";

const partMemoryBytes = 256 * 1024 * 1024;
const callMs = 30_000;

/** The stores that the agent's jobs use: equal configurations share credentials and connections. */
export class CacheStores {
  /** Of all uploads together. */
  readonly memory = new PartMemory(partMemoryBytes);
  readonly #clock: Clock;
  readonly #pool: AgentPool;
  readonly #stores = new Map<string, ObjectStore>();

  constructor({ proxies, clock }: { readonly proxies: ProxyEnvironment; readonly clock: Clock }) {
    this.#clock = clock;
    const tls = new TlsFiles({ caFile: "", certFile: "", keyFile: "", certsDir: "" }, "");
    this.#pool = new AgentPool({ tls, env: proxies, clock });
  }

  /** @param validSeconds how long a signed request may be used. @throws AgentError CACHE_STORE_CONFIG */
  open(config: CacheConfig, validSeconds: number): StoreChannel {
    const key = JSON.stringify(config);
    const store = this.#stores.get(key) ?? this.#make(config);
    this.#stores.set(key, store);
    return new StoreChannel(store, this.#pool, this.#clock, validSeconds);
  }

  #make({ Type, s3, gcs, azure }: CacheConfig): ObjectStore {
    const now = () => this.#clock.now();
    if (Type === "s3" && s3 !== null) {
      const credentials = new S3Credentials(s3, {
        now,
        ambient: ambientCredentials,
        assume: (role, policy, region, base) => assumeRole(this.#call, role, policy, region, base),
      });
      // A role is for an object; what stands behind it asks where the bucket lies.
      const plain = new S3Credentials(
        { ...s3, RoleARN: "", UploadRoleARN: "" },
        { now, ambient: ambientCredentials, assume: neverAssume },
      );
      let region: Promise<string> | null = s3.BucketLocation === "" ? null : Promise.resolve(s3.BucketLocation);
      const regionOf = async () => {
        region ??= detectRegion(this.#call, s3, plain).then((found) => {
          // It is asked for again where this time nobody could say.
          if (!found.isKnown) region = null;
          return found.region;
        });
        return region;
      };
      return new S3Store(s3, credentials, regionOf);
    }
    if (Type === "gcs" && gcs !== null) {
      let identity: Promise<GcsIdentity> | null = null;
      const identityOf = () => {
        identity ??= gcsIdentity(gcs).catch((error: unknown) => {
          identity = null;
          throw error;
        });
        return identity;
      };
      return new GcsStore(gcs, identityOf, now);
    }
    if (Type === "azure" && azure !== null) return new AzureStore(azure, now);
    throw storeConfigError(`[runners.cache] has Type = "${Type}"`, `Write a table [runners.cache.${Type}].`);
  }

  readonly #call: PlainCall = async ({ method, url, headers }, body) => {
    const answer = await exchange({
      method,
      url,
      headers,
      body,
      wanted: 200,
      toFile: null,
      route: await this.#pool.route(url),
      limits: { ...defaultLimits, headerMs: callMs },
      signal: AbortSignal.timeout(callMs),
    });
    if (answer.kind !== "answer") throw storeError(answer.reason);
    if (answer.status !== 200) throw refused(`asking ${url.host}`, answer);
    return Buffer.from(answer.body).toString("utf8");
  };
}

async function neverAssume(): Promise<never> {
  throw storeError("no role is assumed for this");
}
