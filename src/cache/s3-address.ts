import type { S3CacheConfig } from "../config/schema-cache.ts";
import { encodePath } from "./object-store.ts";
import { storeConfigError } from "./store-error.ts";

const amazon = "s3.amazonaws.com";

/** Where an object lies. Amazon's own addresses have the region in their name. */
export function s3ObjectUrl(config: S3CacheConfig, region: string, object: string): URL {
  const bucket = requireBucket(config);
  const endpoint = endpointOf(config, region, bucket);
  const path = encodePath(object);
  const url = hasPathStyle(config)
    ? new URL(`${endpoint.href}${encodePath(bucket)}/${path}`)
    : new URL(`${endpoint.protocol}//${isAccelerated(config) ? "" : `${bucket}.`}${endpoint.host}/${path}`);
  return url;
}

/** Where the bucket is asked for its region, before that is known. */
export function s3BucketUrl(config: S3CacheConfig): URL {
  const own = ownEndpoint(config) ?? new URL(`https://${amazon}`);
  return new URL(`${own.href}${encodePath(requireBucket(config))}`);
}

export function requireBucket({ BucketName }: S3CacheConfig): string {
  if (BucketName !== "") return BucketName;
  throw storeConfigError("[runners.cache.s3] names no bucket", "Set BucketName.");
}

function endpointOf(config: S3CacheConfig, region: string, bucket: string): URL {
  const own = ownEndpoint(config);
  if (own !== null) return own;
  const suffix = `amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
  const dual = config.DualStack ? ".dualstack" : "";
  if (isAccelerated(config)) return new URL(`https://${bucket}.s3-accelerate${dual}.${suffix}`);
  return new URL(`https://s3${dual}.${region}.${suffix}`);
}

/** null for Amazon's own. */
export function ownEndpoint({ ServerAddress, Insecure }: S3CacheConfig): URL | null {
  if (ServerAddress === "" || ServerAddress === amazon) return null;
  const url = URL.parse(`${Insecure ? "http" : "https"}://${ServerAddress}`);
  // A scheme in front would be taken for the host, a password behind it would show in logs.
  if (url !== null && url.href === `${url.origin}/`) return url;
  throw storeConfigError(
    "ServerAddress of [runners.cache.s3] is no host:port",
    "Write it without a scheme and a path.",
  );
}

function isAccelerated(config: S3CacheConfig): boolean {
  return config.Accelerate && ownEndpoint(config) === null && !hasPathStyle(config);
}

/** Servers of one's own seldom have a name for every bucket; a bucket with dots has none that a certificate fits. */
function hasPathStyle(config: S3CacheConfig): boolean {
  if (config.PathStyle !== null) return config.PathStyle;
  const own = ownEndpoint(config);
  if (!config.Insecure && config.BucketName.includes(".")) return true;
  return (
    own !== null && !/(?:^|\.)(?:amazonaws\.com(?:\.cn)?|storage\.googleapis\.com|aliyuncs\.com)$/.test(own.hostname)
  );
}
