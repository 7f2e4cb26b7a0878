import { cacheSchema } from "../../../src/config/schema-cache.ts";

/** As config.toml's table is read; `values`: keys that are set. */
export function s3Config(values: Readonly<Record<string, unknown>> = {}) {
  const { s3 } = cacheSchema.parse({ Type: "s3", s3: { BucketName: "caches", ...values } });
  if (s3 === null) throw new Error("there is a table");
  return s3;
}

export function gcsConfig(values: Readonly<Record<string, unknown>> = {}) {
  const { gcs } = cacheSchema.parse({ Type: "gcs", gcs: { BucketName: "caches", ...values } });
  if (gcs === null) throw new Error("there is a table");
  return gcs;
}

export function azureConfig(values: Readonly<Record<string, unknown>> = {}) {
  const table = { AccountName: "account", AccountKey: "a2V5", ContainerName: "caches", ...values };
  const { azure } = cacheSchema.parse({ Type: "azure", azure: table });
  if (azure === null) throw new Error("there is a table");
  return azure;
}

export const get = { method: "GET", query: {}, headers: {}, body: null } as const;
