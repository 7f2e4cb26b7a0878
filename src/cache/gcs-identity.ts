import { createSign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { GcsCacheConfig } from "../config/schema-cache.ts";
import { messageOf } from "../support/errors.ts";
import { storeConfigError, storeError } from "./store-error.ts";

/** The service account in whose name URLs are signed. */
export interface GcsIdentity {
  readonly email: string;
  /** RSA with SHA-256. */
  sign(text: string): Promise<Buffer>;
}

const scope = "https://www.googleapis.com/auth/cloud-platform";

/**
 * From AccessID and PrivateKey; else what CredentialsFile or this machine's surroundings have, which may be the service
 * that signs for accounts without a key. @throws AgentError CACHE_STORE, CACHE_STORE_CONFIG
 */
export async function gcsIdentity(config: GcsCacheConfig): Promise<GcsIdentity> {
  const { AccessID, PrivateKey, CredentialsFile, UniverseDomain } = config;
  if (CredentialsFile === "" && PrivateKey !== "") return keyIdentity(AccessID, PrivateKey);
  const own = CredentialsFile === "" ? null : await serviceAccountIn(CredentialsFile);
  if (own !== null) return keyIdentity(own.client_email, own.private_key);
  try {
    // Large, and only wanted where no key is configured.
    const { GoogleAuth } = await import("google-auth-library");
    const auth = new GoogleAuth({
      scopes: [scope],
      ...(CredentialsFile === "" ? {} : { keyFilename: CredentialsFile }),
      ...(UniverseDomain === "" ? {} : { universeDomain: UniverseDomain }),
    });
    const { client_email: email = AccessID } = await auth.getCredentials();
    if (email === "") throw new Error("the credentials name no service account");
    return { email, sign: async (text) => Buffer.from(await auth.sign(text), "base64") };
  } catch (error) {
    const hint = "Set CredentialsFile, or AccessID and PrivateKey, or give this machine a service account.";
    throw storeError(`there are no credentials for the bucket: ${messageOf(error)}`, hint, error);
  }
}

const serviceAccount = z.object({
  type: z.literal("service_account"),
  client_email: z.string(),
  private_key: z.string(),
});

/** @throws AgentError CACHE_STORE. null where the file holds credentials of another kind, such as those of a workload identity. */
export async function serviceAccountIn(path: string): Promise<z.output<typeof serviceAccount> | null> {
  try {
    return serviceAccount.safeParse(JSON.parse(await readFile(path, "utf8"))).data ?? null;
  } catch (error) {
    // What a parser says of the text might quote the key.
    const why = error instanceof SyntaxError ? "it is no JSON" : messageOf(error);
    throw storeError(`CredentialsFile of [runners.cache.gcs] cannot be used: ${why}`, "Name a file that Google made.");
  }
}

function keyIdentity(email: string, key: string): GcsIdentity {
  if (email === "") throw storeConfigError("[runners.cache.gcs] has a PrivateKey and no AccessID", "Set AccessID.");
  return {
    email,
    sign: async (text) => {
      try {
        return createSign("RSA-SHA256").update(text).sign(key);
      } catch {
        // Whatever the library says of it might quote the key.
        throw storeConfigError("the private key of [runners.cache.gcs] is none", "Write it in PEM form.");
      }
    },
  };
}
