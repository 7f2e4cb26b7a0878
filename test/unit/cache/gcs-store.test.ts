import { createHash, generateKeyPairSync, verify } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gcsIdentity } from "../../../src/cache/gcs-identity.ts";
import { GcsStore, signedQuery } from "../../../src/cache/gcs-store.ts";
import { gcsConfig, get } from "./configs.ts";

async function temporaryDirectory() {
  const path = await mkdtemp(join(tmpdir(), "longshore-gcs-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

const email = "test-iam-credentials@dummy-project-id.iam.gserviceaccount.com";

async function signedText(path: string, seconds: number, now: string, query: Record<string, string> = {}) {
  let signed = "";
  const sign = async (text: string) => {
    signed = text;
    return Buffer.from("ab", "hex");
  };
  const url = new URL(`https://storage.googleapis.com/${path}`);
  const search = await signedQuery(url, { ...get, query }, { email, sign }, seconds, new Date(now));
  return { signed, search };
}

describe("a request to Google Cloud Storage", () => {
  // googleapis/conformance-tests, storage/v1/v4_signatures.json: "Simple GET", "Vary expiration and timestamp".
  it.each([
    [10, "2019-02-01T09:00:00Z", "20190201", "00e2fb794ea93d7adb703edaebdd509821fcc7d4f1a79ac5c8d2b394df109320"],
    [20, "2019-03-01T09:00:00Z", "20190301", "779f19fdb6fd381390e2d5af04947cf21750277ee3c20e0c97b7e46a1dff8907"],
  ])("has the text to be signed of Google's conformance tests (%i s, %s)", async (seconds, now, day, digest) => {
    const { signed } = await signedText("test-bucket/test-object", seconds, now);
    expect(signed).toBe(`GOOG4-RSA-SHA256\n${day}T090000Z\n${day}/auto/storage/goog4_request\n${digest}`);
  });

  it("has its query in the order and encoding of Google's conformance tests", async () => {
    const { search } = await signedText("b/o", 10, "2019-02-01T09:00:00Z", { soufflé: "=%-_.~" });
    expect(search).toMatch(/&X-Goog-SignedHeaders=host&souffl%C3%A9=%3D%25-_\.~&X-Goog-Signature=ab$/);
  });

  it("is signed with the configured key, its headers too", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const PrivateKey = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    const config = gcsConfig({ AccessID: email, PrivateKey });
    const store = new GcsStore(
      config,
      () => gcsIdentity(config),
      () => Date.UTC(2026, 0, 1),
    );
    const { url, headers } = await store.sign("a b/ü", store.uploads.whole({ cachekey: "k" }), "upload", 600);
    expect(headers).toEqual({ "content-type": "application/octet-stream", "x-goog-meta-cachekey": "k" });
    expect(url.origin + url.pathname).toBe("https://storage.googleapis.com/caches/a%20b/%C3%BC");
    const [query = "", signature = ""] = url.search.slice(1).split("&X-Goog-Signature=");
    const names = "content-type;host;x-goog-meta-cachekey";
    const lines = "content-type:application/octet-stream\nhost:storage.googleapis.com\nx-goog-meta-cachekey:k\n";
    const canonical = ["PUT", url.pathname, query, lines, names, "UNSIGNED-PAYLOAD"].join("\n");
    const digest = createHash("sha256").update(canonical).digest("hex");
    const text = `GOOG4-RSA-SHA256\n20260101T000000Z\n20260101/auto/storage/goog4_request\n${digest}`;
    expect(verify("RSA-SHA256", Buffer.from(text), publicKey, Buffer.from(signature, "hex"))).toBe(true);
  });

  it("is signed with the key of a service account's file, and without a readable one it is not", async () => {
    await using directory = await temporaryDirectory();
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const file = join(directory.path, "account.json");
    const key = privateKey.export({ type: "pkcs8", format: "pem" });
    await writeFile(file, JSON.stringify({ type: "service_account", client_email: email, private_key: key }));
    const identity = await gcsIdentity(gcsConfig({ CredentialsFile: file }));
    expect(identity.email).toBe(email);
    expect(await identity.sign("x")).toHaveLength(256);
    await writeFile(file, "SECRET TEXT");
    const wrong = gcsIdentity(gcsConfig({ CredentialsFile: file }));
    await expect(wrong).rejects.toThrow("CredentialsFile of [runners.cache.gcs] cannot be used: it is no JSON");
  });

  it("goes to the universe's own domain", async () => {
    const store = new GcsStore(
      gcsConfig({ UniverseDomain: "example.cloud" }),
      () => Promise.reject(new Error()),
      () => 0,
    );
    expect((await store.locate("a")).href).toBe("https://storage.example.cloud/caches/a");
  });

  it("needs a bucket, and a key that is one, which shows in no message", async () => {
    expect(
      () =>
        new GcsStore(
          gcsConfig({ BucketName: "" }),
          () => Promise.reject(new Error()),
          () => 0,
        ),
    ).toThrow("names no bucket");
    const identity = await gcsIdentity(gcsConfig({ AccessID: email, PrivateKey: "SECRET TEXT" }));
    await expect(identity.sign("x")).rejects.toThrow(/^the private key of \[runners\.cache\.gcs\] is none$/);
  });
});
