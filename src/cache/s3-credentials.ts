import type { S3CacheConfig } from "../config/schema-cache.ts";
import { CompressionSlots } from "../storage/compression-slots.ts";
import { messageOf } from "../support/errors.ts";
import type { Purpose } from "./object-store.ts";
import { requireBucket } from "./s3-address.ts";
import { isAccessKey, sessionPolicy } from "./s3-role.ts";
import { storeError } from "./store-error.ts";

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export interface CredentialSources {
  /** Of this machine: variables, shared files, web identity, the container's or the instance's role. */
  readonly ambient: () => Promise<AwsCredentials>;
  /** Asks the security token service for credentials of a role, for an hour, that can do no more than the policy says. */
  readonly assume: (role: string, policy: string, region: string, base: AwsCredentials) => Promise<AwsCredentials>;
  readonly now: () => number;
}

const mostKept = 1000;
const usualConcurrency = 5;
const minute = 60_000;

/** Whose credentials sign a request: the configuration's, this machine's, or those of a role for one object. */
export class S3Credentials {
  readonly #config: S3CacheConfig;
  readonly #sources: CredentialSources;
  readonly #slots: CompressionSlots;
  /** By role, object and purpose. */
  readonly #kept = new Map<string, AwsCredentials>();

  constructor(config: S3CacheConfig, sources: CredentialSources) {
    this.#config = config;
    this.#sources = sources;
    const most = config.AssumeRoleMaxConcurrency;
    this.#slots = new CompressionSlots(most < 0 ? Number.POSITIVE_INFINITY : most || usualConcurrency);
  }

  /**
   * @param seconds that the credentials should hold for, as far as a role's hour allows
   * @throws AgentError CACHE_STORE, CACHE_STORE_CONFIG
   */
  async of(purpose: Purpose, object: string, region: string, seconds: number): Promise<AwsCredentials> {
    const { RoleARN, UploadRoleARN } = this.#config;
    const role = RoleARN !== "" ? RoleARN : purpose === "upload" ? UploadRoleARN : "";
    if (role === "") return this.#base();
    const key = [role, object, purpose].join("\0");
    const lasting = Math.min(Math.max(seconds * 1000, minute), 55 * minute);
    const known = this.#known(key, lasting);
    if (known !== null) return known;
    return this.#slots.run(async () => {
      // Somebody may have asked for the same meanwhile.
      const since = this.#known(key, lasting);
      if (since !== null) return since;
      const policy = sessionPolicy(this.#config, requireBucket(this.#config), object, purpose, region);
      const fresh = await this.#sources.assume(role, policy, region, await this.#base());
      this.#keep(key, fresh);
      return fresh;
    });
  }

  async #base(): Promise<AwsCredentials> {
    if (isAccessKey(this.#config)) {
      const { AccessKey, SecretKey, SessionToken } = this.#config;
      return { accessKeyId: AccessKey, secretAccessKey: SecretKey, sessionToken: SessionToken };
    }
    try {
      return await this.#sources.ambient();
    } catch (error) {
      const hint = "Set AccessKey and SecretKey (and ServerAddress), or give this machine a role for the bucket.";
      throw storeError(`this machine has no credentials for the bucket: ${messageOf(error)}`, hint, error);
    }
  }

  #known(key: string, lastingMs: number): AwsCredentials | null {
    const known = this.#kept.get(key);
    if (known?.expiration === undefined) return null;
    return known.expiration.getTime() - this.#sources.now() >= lastingMs ? known : null;
  }

  #keep(key: string, credentials: AwsCredentials): void {
    if (this.#config.DisableAssumeRoleCredentialsCaching || credentials.expiration === undefined) return;
    this.#kept.delete(key);
    this.#kept.set(key, credentials);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
  }
}
