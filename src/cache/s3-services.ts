import { randomBytes } from "node:crypto";
import { AwsV4Signer } from "aws4fetch";
import type { S3CacheConfig } from "../config/schema-cache.ts";
import { s3BucketUrl } from "./s3-address.ts";
import type { AwsCredentials, S3Credentials } from "./s3-credentials.ts";
import type { PlainCall } from "./plain-call.ts";
import { storeError } from "./store-error.ts";
import { xmlText } from "./xml-text.ts";

const usualRegion = "us-east-1";
const roleSeconds = 3600;

/** Amazon's own chain of places where credentials can be. */
export async function ambientCredentials(): Promise<AwsCredentials> {
  // Large, and only wanted where no keys are configured.
  const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
  ambient ??= defaultProvider();
  return ambient();
}

/** It keeps what it has found until that expires. */
let ambient: (() => Promise<AwsCredentials>) | null = null;

/** AssumeRole of the security token service. @throws AgentError CACHE_STORE */
export async function assumeRole(
  call: PlainCall,
  role: string,
  policy: string,
  region: string,
  base: AwsCredentials,
): Promise<AwsCredentials> {
  const body = new URLSearchParams({
    Action: "AssumeRole",
    Version: "2011-06-15",
    RoleArn: role,
    RoleSessionName: `longshore-cache-${randomBytes(4).toString("hex")}`,
    Policy: policy,
    DurationSeconds: String(roleSeconds),
  }).toString();
  const url = `https://sts.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}/`;
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await call(await signed("POST", url, "sts", region, base, headers, body), Buffer.from(body));
  const [accessKeyId, secretAccessKey, sessionToken, expiration] = [
    "AccessKeyId",
    "SecretAccessKey",
    "SessionToken",
    "Expiration",
  ].map((name) => xmlText(answer, name)) as [string, string, string, string];
  if (accessKeyId === "" || secretAccessKey === "") throw storeError(`AssumeRole of ${role} gave no credentials`);
  const expires = new Date(expiration);
  const until = Number.isNaN(expires.getTime()) ? {} : { expiration: expires };
  return { accessKeyId, secretAccessKey, sessionToken, ...until };
}

/** The region of a bucket that the configuration doesn't say. One that can't be found out is Amazon's first. */
export async function detectRegion(
  call: PlainCall,
  config: S3CacheConfig,
  credentials: Pick<S3Credentials, "of">,
): Promise<{ readonly region: string; readonly isKnown: boolean }> {
  try {
    // A role is for one object; its region is asked for with what stands behind it.
    const base = await credentials.of("download", "", usualRegion, 60);
    const url = s3BucketUrl(config);
    url.searchParams.set("location", "");
    const answer = await call(await signed("GET", url.href, "s3", usualRegion, base, {}, null), null);
    const location = xmlText(answer, "LocationConstraint");
    return { region: location === "EU" ? "eu-west-1" : location || usualRegion, isKnown: true };
  } catch {
    return { region: usualRegion, isKnown: false };
  }
}

async function signed(
  method: "GET" | "POST",
  url: string,
  service: "s3" | "sts",
  region: string,
  { accessKeyId, secretAccessKey, sessionToken = "" }: AwsCredentials,
  headers: Readonly<Record<string, string>>,
  body: string | null,
) {
  const token = sessionToken === "" ? {} : { sessionToken };
  const content = body === null ? {} : { body };
  const signer = new AwsV4Signer({
    method,
    url,
    headers,
    accessKeyId,
    secretAccessKey,
    ...token,
    service,
    region,
    ...content,
  });
  const request = await signer.sign();
  return { method, url: request.url, headers: Object.fromEntries(request.headers) };
}
