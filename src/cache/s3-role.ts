import type { S3CacheConfig } from "../config/schema-cache.ts";
import type { Purpose } from "./object-store.ts";
import { storeConfigError } from "./store-error.ts";

/** Whether the configuration's own keys are used: as GitLab Runner chooses. Throws AgentError CACHE_STORE_CONFIG. */
export function isAccessKey({ AuthenticationType, ServerAddress, AccessKey, SecretKey }: S3CacheConfig): boolean {
  switch (AuthenticationType.toLowerCase()) {
    case "":
      return ServerAddress !== "" && AccessKey !== "" && SecretKey !== "";
    case "access-key":
      return true;
    case "iam":
      return false;
    default:
      throw storeConfigError(
        `AuthenticationType = ${JSON.stringify(AuthenticationType)} is unknown`,
        "It can be access-key or iam.",
      );
  }
}

/** What a role may be used for: one object, one way. */
export function sessionPolicy(
  { ServerSideEncryption, ServerSideEncryptionKeyID }: S3CacheConfig,
  bucket: string,
  object: string,
  purpose: Purpose,
  region: string,
): string {
  const partition = region.startsWith("us-gov-") ? "aws-us-gov" : region.startsWith("cn-") ? "aws-cn" : "aws";
  const allow = (actions: readonly string[], resource: string) => ({
    Effect: "Allow",
    Action: actions,
    Resource: resource,
  });
  const encrypted = ServerSideEncryption.toUpperCase().includes("KMS") && ServerSideEncryptionKeyID !== "";
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      // An upload in parts that fails is taken back.
      allow(
        purpose === "upload" ? ["s3:PutObject", "s3:AbortMultipartUpload"] : ["s3:GetObject"],
        `arn:${partition}:s3:::${bucket}/${object}`,
      ),
      ...(encrypted ? [allow(["kms:Decrypt", "kms:GenerateDataKey"], ServerSideEncryptionKeyID)] : []),
    ],
  });
}
