import { createPrivateKey } from "node:crypto";
import type { Doubt } from "../config/problem.ts";
import type { AzureCacheConfig, CacheConfig, GcsCacheConfig, S3CacheConfig } from "../config/schema-cache.ts";
import { AgentError } from "../support/errors.ts";
import { ownEndpoint, requireBucket } from "./s3-address.ts";
import { isAccessKey } from "./s3-role.ts";
import { encryptionHeaders } from "./s3-store.ts";

const without = "caches are stored only locally";

/**
 * What of [runners.cache] can't work, as far as nobody needs to be asked. Doubts all of them: jobs go on without a
 * remote store. Values of secret keys are not shown.
 */
export function cacheDoubts(cache: CacheConfig | null): Doubt[] {
  if (cache === null) return [];
  const { Type: type } = cache;
  if (type === "") return unusedTables(cache);
  if (type === "s3" && cache.s3 !== null) return s3Doubts(cache.s3);
  if (type === "gcs" && cache.gcs !== null) return gcsDoubts(cache.gcs);
  if (type === "azure" && cache.azure !== null) return azureDoubts(cache.azure);
  const hint = `write a table [runners.cache.${type}]`;
  return [{ path: ["cache", "Type"], text: `is "${type}" without [runners.cache.${type}]: ${without}`, hint }];
}

/** GitLab Runner writes empty tables of all three kinds. */
function unusedTables({ s3, gcs, azure }: CacheConfig): Doubt[] {
  const places = { s3: s3?.BucketName ?? "", gcs: gcs?.BucketName ?? "", azure: azure?.ContainerName ?? "" };
  return Object.entries(places)
    .filter(([, place]) => place !== "")
    .map(([type]) => {
      const text = `is not set, so that [runners.cache.${type}] is not used: ${without}`;
      return { path: ["cache", "Type"], text, hint: `write Type = "${type}" in [runners.cache]` };
    });
}

function s3Doubts(s3: S3CacheConfig): Doubt[] {
  const at = (key: string, text: string, hint: string): Doubt => ({ path: ["cache", "s3", key], text, hint });
  const asks = (key: keyof S3CacheConfig, judge: () => unknown) => asDoubt(["cache", "s3", key], judge);
  const found = [
    ...asks("BucketName", () => requireBucket(s3)),
    ...asks("ServerAddress", () => ownEndpoint(s3)),
    ...asks("AuthenticationType", () => isAccessKey(s3)),
    ...asks("ServerSideEncryption", () => encryptionHeaders(s3)),
  ];
  if (/[/\s]/.test(s3.BucketName))
    found.push(
      at(
        "BucketName",
        `${JSON.stringify(s3.BucketName)} is no bucket's name: ${without}`,
        "Path is for what comes behind it",
      ),
    );
  for (const key of ["RoleARN", "UploadRoleARN"] as const) {
    if (s3[key] === "" || /^arn:[^:]+:iam::\d+:role\/.+$/.test(s3[key])) continue;
    found.push(
      at(key, `${JSON.stringify(s3[key])} is no role's ARN`, "write it like arn:aws:iam::123456789012:role/NAME"),
    );
  }
  const isOfKms = s3.ServerSideEncryption.toUpperCase().includes("KMS");
  if (s3.ServerSideEncryptionKeyID !== "" && !isOfKms)
    found.push(at("ServerSideEncryptionKeyID", "is not used", 'write ServerSideEncryption = "KMS", or remove it'));
  return [...found, ...keyDoubts(s3).map(({ key, text, hint }) => at(key, text, hint))];
}

function keyDoubts({ AuthenticationType, AccessKey, SecretKey, ServerAddress }: S3CacheConfig) {
  const wanted = AuthenticationType.toLowerCase();
  const [given, missing] = AccessKey === "" ? ["SecretKey", "AccessKey"] : ["AccessKey", "SecretKey"];
  const hasOne = (AccessKey === "") !== (SecretKey === "");
  const hasBoth = AccessKey !== "" && SecretKey !== "";
  if (wanted === "access-key" && !hasBoth) {
    const key = hasOne ? missing : "AccessKey";
    return [{ key, text: `is not set, which AuthenticationType = "access-key" needs: ${without}`, hint: `set ${key}` }];
  }
  if (wanted !== "") return [];
  if (hasOne) {
    const text = `is set without ${missing}, so that neither is used, and this machine's own credentials are`;
    return [{ key: given, text, hint: `set ${missing}, or remove ${given}` }];
  }
  if (!hasBoth || ServerAddress !== "") return [];
  const text = "is not used without ServerAddress, as in GitLab Runner: this machine's own credentials are";
  return [{ key: given, text, hint: 'set ServerAddress = "s3.amazonaws.com", or AuthenticationType = "access-key"' }];
}

function gcsDoubts({ BucketName, CredentialsFile, AccessID, PrivateKey, UniverseDomain }: GcsCacheConfig): Doubt[] {
  const at = (key: string, text: string, hint: string): Doubt[] => [
    { path: ["cache", "gcs", key], text: `${text}: ${without}`, hint },
  ];
  const isKeyUsed = CredentialsFile === "" && PrivateKey !== "";
  return [
    ...(BucketName === "" ? at("BucketName", "is not set", "set BucketName") : []),
    ...(isKeyUsed && AccessID === "" ? at("PrivateKey", "is set without AccessID", "set AccessID") : []),
    ...(isKeyUsed && !isPrivateKey(PrivateKey) ? at("PrivateKey", "is no private key", "write it in PEM form") : []),
    ...(isHost(UniverseDomain || "googleapis.com")
      ? []
      : at("UniverseDomain", "is no domain", "write a name such as example.com")),
  ];
}

function azureDoubts({ AccountName, AccountKey, ContainerName, StorageDomain }: AzureCacheConfig): Doubt[] {
  const at = (key: string, text: string, hint: string): Doubt[] => [
    { path: ["cache", "azure", key], text: `${text}: ${without}`, hint },
  ];
  const values = { AccountName, AccountKey, ContainerName };
  return [
    ...Object.entries(values).flatMap(([key, value]) => (value === "" ? at(key, "is not set", `set ${key}`) : [])),
    ...(isBase64(AccountKey) ? [] : at("AccountKey", "is not base64", "copy the whole key of the storage account")),
    ...(isHost(`${AccountName || "account"}.${StorageDomain}`)
      ? []
      : at("StorageDomain", "with AccountName in front is no host name", 'write "blob.core.windows.net"')),
  ];
}

function asDoubt(path: Doubt["path"], judge: () => unknown): Doubt[] {
  try {
    judge();
    return [];
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return [{ path, text: `${error.message}: ${without}`, hint: error.hint }];
  }
}

const isHost = (name: string): boolean => URL.parse(`https://${name}/`)?.host === name.toLowerCase();
const isBase64 = (text: string): boolean => /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text);

function isPrivateKey(text: string): boolean {
  try {
    createPrivateKey(text);
    return true;
  } catch {
    return false;
  }
}
