import { z } from "zod";
import { boolean, integer, maybeBoolean, maybeTable, oneOf, text } from "./keys.ts";

const s3 = z.object({
  ServerAddress: text("`host:port` of the server; AWS when not set."),
  AccessKey: text("Access key.", { secret: true }),
  SecretKey: text("Secret key.", { secret: true }),
  SessionToken: text("Session token of temporary credentials.", { secret: true }),
  BucketName: text("Bucket.", { example: '"longshore-caches"' }),
  BucketLocation: text("Region of the bucket."),
  Insecure: boolean("Plain HTTP instead of HTTPS."),
  AuthenticationType: text("`access-key` or `iam`.", {
    flag: "authentication_type",
    env: "CACHE_S3_AUTHENTICATION_TYPE",
    defaultText: "`iam` when server, access key or secret key is missing, else `access-key`",
  }),
  ServerSideEncryption: text("`S3` (or `AES256`), `KMS` or `DSSE-KMS`."),
  ServerSideEncryptionKeyID: text("Alias, id or ARN of the KMS key."),
  DualStack: boolean("IPv4 and IPv6 end points.", { value: true }),
  PathStyle: maybeBoolean("Bucket in the path instead of the host name.", {
    defaultText: "chosen from the server's address",
  }),
  Accelerate: boolean("S3 Transfer Acceleration."),
  RoleARN: text("Role assumed for down- and uploads."),
  UploadRoleARN: text("Role assumed for uploads."),
  AssumeRoleMaxConcurrency: integer("AssumeRole requests at once; -1 for no limit.", { value: 5 }),
  DisableAssumeRoleCredentialsCaching: boolean("Ask for new credentials each time."),
});

const gcs = z.object({
  CredentialsFile: text("File with the service account's credentials; without it and a key, what the machine has.", {
    env: "GOOGLE_APPLICATION_CREDENTIALS",
  }),
  AccessID: text("Service account's id.", { secret: true }),
  PrivateKey: text("Service account's private key.", { secret: true }),
  BucketName: text("Bucket."),
  UniverseDomain: text("Domain of another Google Cloud universe."),
});

const azure = z.object({
  AccountName: text("Storage account."),
  AccountKey: text("Its key, with which addresses are signed.", { secret: true }),
  ContainerName: text("Container."),
  StorageDomain: text("Domain of the storage end point.", { value: "blob.core.windows.net" }),
});

/** `[runners.cache]`; `Type` "" is the local cache. */
export const cacheSchema = z.object({
  Type: oneOf(
    ["", "s3", "gcs", "azure"],
    "The kind of store. Without it archives stay on the daemon, in a volume or `cache_dir`.",
    {
      value: "",
      choices: ["s3", "gcs", "azure"],
      defaultText: "local",
      // GitLab Runner's own names for what it talks to these two with; it takes them in a file, too.
      spell: (found) => found.replace(/^(s3|gcs)v2$/, "$1"),
    },
  ),
  Path: text("Put in front of every object's name."),
  Shared: boolean("Share archives between runners: leaves the runner's short token out of the name."),
  MaxUploadedArchiveSize: integer("Larger archives are not uploaded; 0 for no limit.", {
    unit: "bytes",
    flag: "max_uploaded_archive_size",
    env: "CACHE_MAXIMUM_UPLOADED_ARCHIVE_SIZE",
  }),
  s3: maybeTable("An S3-compatible store.", s3),
  gcs: maybeTable("Google Cloud Storage.", gcs),
  azure: maybeTable("Azure Blob Storage.", azure),
});

export type CacheConfig = z.output<typeof cacheSchema>;
export type S3CacheConfig = z.output<typeof s3>;
export type GcsCacheConfig = z.output<typeof gcs>;
export type AzureCacheConfig = z.output<typeof azure>;
