import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { S3Store } from "../../../src/cache/s3-store.ts";
import { get, s3Config } from "./configs.ts";

const example = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};

function storeOf(values: Readonly<Record<string, unknown>>, sessionToken?: string): S3Store {
  const credentials = { ...example, ...(sessionToken === undefined ? {} : { sessionToken }) };
  return new S3Store(s3Config(values), { of: async () => credentials }, async () => "us-east-1");
}

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2013-05-24T00:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a request to S3", () => {
  it("is signed as in Amazon's published example", async () => {
    const store = storeOf({ BucketName: "examplebucket", ServerAddress: "s3.amazonaws.com:443" });
    const { url } = await store.sign("test.txt", get, "download", 86_400);
    expect(url.origin + url.pathname).toBe("https://examplebucket.s3.amazonaws.com/test.txt");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Credential": "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request",
      "X-Amz-Date": "20130524T000000Z",
      "X-Amz-Expires": "86400",
      "X-Amz-SignedHeaders": "host",
      "X-Amz-Signature": "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    });
  });

  it("carries the token of temporary credentials", async () => {
    const { url } = await storeOf({}, "a token").sign("a", get, "download", 60);
    expect(url.searchParams.get("X-Amz-Security-Token")).toBe("a token");
  });

  it.each([
    ["S3", { "x-amz-server-side-encryption": "AES256" }],
    ["aes256", { "x-amz-server-side-encryption": "AES256" }],
    ["KMS", { "x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": "key" }],
    [
      "dsse-kms",
      { "x-amz-server-side-encryption": "aws:kms:dsse", "x-amz-server-side-encryption-aws-kms-key-id": "key" },
    ],
  ])("that makes an object asks for encryption as ServerSideEncryption = %s says, signed", async (wanted, headers) => {
    const store = storeOf({ ServerSideEncryption: wanted, ServerSideEncryptionKeyID: "key" });
    for (const shape of [store.uploads.whole({ cachekey: "k" }), store.uploads.begin({ cachekey: "k" })]) {
      if (shape === null) throw new Error("S3 wants a beginning");
      const signed = await store.sign("a", shape, "upload", 60);
      expect(signed.headers).toMatchObject({ ...headers, "x-amz-meta-cachekey": "k" });
      const names = signed.url.searchParams.get("X-Amz-SignedHeaders")?.split(";");
      expect(names).toEqual(expect.arrayContaining([...Object.keys(headers), "x-amz-meta-cachekey"]));
    }
    expect(store.uploads.part("id", 1).headers).toEqual({});
  });

  it("has metadata that every server reads alike", () => {
    const { headers } = storeOf({}).uploads.whole({ cachekey: "a  ü" });
    expect(headers["x-amz-meta-cachekey"]).toBe("a%20%20%C3%BC");
  });

  it("is not made where the encryption is unknown", () => {
    expect(() => storeOf({ ServerSideEncryption: "rot13" })).toThrow('ServerSideEncryption = "rot13" is unknown');
  });
});
