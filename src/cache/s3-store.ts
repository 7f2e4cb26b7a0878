import { AwsV4Signer } from "aws4fetch";
import type { S3CacheConfig } from "../config/schema-cache.ts";
import type { ObjectStore, Purpose, RequestShape, SignedRequest, UploadShapes } from "./object-store.ts";
import { requireBucket, s3ObjectUrl } from "./s3-address.ts";
import type { S3Credentials } from "./s3-credentials.ts";
import { storeConfigError } from "./store-error.ts";
import { xmlUploads } from "./xml-uploads.ts";

const encryptions: Readonly<Record<string, string>> = {
  S3: "AES256",
  AES256: "AES256",
  KMS: "aws:kms",
  "AWS:KMS": "aws:kms",
  "DSSE-KMS": "aws:kms:dsse",
  "AWS:KMS:DSSE": "aws:kms:dsse",
};

/** A bucket on S3 or on a server that speaks its language; requests are signed in their URLs (signature version 4). */
export class S3Store implements ObjectStore {
  readonly uploads: UploadShapes;
  readonly #config: S3CacheConfig;
  readonly #credentials: Pick<S3Credentials, "of">;
  readonly #region: () => Promise<string>;

  /** @throws AgentError CACHE_STORE_CONFIG */
  constructor(config: S3CacheConfig, credentials: Pick<S3Credentials, "of">, region: () => Promise<string>) {
    requireBucket(config);
    this.uploads = xmlUploads("x-amz-meta-", encryptionHeaders(config));
    this.#config = config;
    this.#credentials = credentials;
    this.#region = region;
  }

  async locate(object: string): Promise<URL> {
    return s3ObjectUrl(this.#config, await this.#region(), object);
  }

  async sign(object: string, shape: RequestShape, purpose: Purpose, seconds: number): Promise<SignedRequest> {
    const region = await this.#region();
    const url = s3ObjectUrl(this.#config, region, object);
    for (const [name, value] of Object.entries(shape.query)) url.searchParams.set(name, value);
    url.searchParams.set("X-Amz-Expires", String(seconds));
    const { accessKeyId, secretAccessKey, sessionToken } = await this.#credentials.of(purpose, object, region, seconds);
    const signer = new AwsV4Signer({
      method: shape.method,
      url: url.href,
      headers: shape.headers,
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined || sessionToken === "" ? {} : { sessionToken }),
      service: "s3",
      region,
      signQuery: true,
    });
    return { url: (await signer.sign()).url, headers: shape.headers };
  }
}

/** @throws AgentError CACHE_STORE_CONFIG */
export function encryptionHeaders(config: S3CacheConfig): Readonly<Record<string, string>> {
  const wanted = config.ServerSideEncryption;
  if (wanted === "") return {};
  const algorithm = encryptions[wanted.toUpperCase()];
  if (algorithm === undefined) {
    throw storeConfigError(
      `ServerSideEncryption = ${JSON.stringify(wanted)} is unknown`,
      "It can be S3 (or AES256), KMS or DSSE-KMS.",
    );
  }
  const key = config.ServerSideEncryptionKeyID;
  const withKey = algorithm.startsWith("aws:kms") && key !== "";
  return {
    "x-amz-server-side-encryption": algorithm,
    ...(withKey ? { "x-amz-server-side-encryption-aws-kms-key-id": key } : {}),
  };
}
