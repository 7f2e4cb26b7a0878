import { describe, expect, it } from "vitest";
import { s3BucketUrl, s3ObjectUrl } from "../../../src/cache/s3-address.ts";
import { s3Config } from "./configs.ts";

describe("the address of an object on S3", () => {
  it.each([
    [{}, "https://caches.s3.dualstack.eu-west-1.amazonaws.com/a/b"],
    [{ ServerAddress: "s3.amazonaws.com" }, "https://caches.s3.dualstack.eu-west-1.amazonaws.com/a/b"],
    [{ DualStack: false }, "https://caches.s3.eu-west-1.amazonaws.com/a/b"],
    [{ Accelerate: true }, "https://caches.s3-accelerate.dualstack.amazonaws.com/a/b"],
    [{ Accelerate: true, DualStack: false }, "https://caches.s3-accelerate.amazonaws.com/a/b"],
    [{ PathStyle: true, DualStack: false }, "https://s3.eu-west-1.amazonaws.com/caches/a/b"],
    [{ BucketName: "my.caches", DualStack: false }, "https://s3.eu-west-1.amazonaws.com/my.caches/a/b"],
    [{ ServerAddress: "minio.example.com:9000" }, "https://minio.example.com:9000/caches/a/b"],
    [{ ServerAddress: "minio.example.com:9000", Insecure: true }, "http://minio.example.com:9000/caches/a/b"],
    [{ ServerAddress: "minio.example.com:443" }, "https://minio.example.com/caches/a/b"],
    [{ ServerAddress: "minio.example.com", PathStyle: false }, "https://caches.minio.example.com/a/b"],
    [{ ServerAddress: "storage.googleapis.com" }, "https://caches.storage.googleapis.com/a/b"],
    [{ ServerAddress: "s3.eu-west-1.amazonaws.com" }, "https://caches.s3.eu-west-1.amazonaws.com/a/b"],
  ])("follows from %j", (values, url) => {
    expect(s3ObjectUrl(s3Config(values), "eu-west-1", "a/b").href).toBe(url);
  });

  it("lies in China's own domain there", () => {
    const url = s3ObjectUrl(s3Config({ DualStack: false }), "cn-north-1", "a");
    expect(url.host).toBe("caches.s3.cn-north-1.amazonaws.com.cn");
  });

  it("has all that is special encoded, so that what is signed is what is sent", () => {
    const url = s3ObjectUrl(s3Config({ ServerAddress: "s3.test" }), "", "a b/+ü%2F(1)'!*?#");
    expect(url.pathname).toBe("/caches/a%20b/%2B%C3%BC%252F%281%29%27%21%2A%3F%23");
  });

  it("is asked for at the bucket", () => {
    expect(s3BucketUrl(s3Config()).href).toBe("https://s3.amazonaws.com/caches");
    expect(s3BucketUrl(s3Config({ ServerAddress: "s3.test:1", Insecure: true })).href).toBe("http://s3.test:1/caches");
  });

  it("needs a bucket, and a server that can be one", () => {
    const wrong = (values: Record<string, unknown>) => () => s3ObjectUrl(s3Config(values), "", "a");
    expect(wrong({ BucketName: "" })).toThrow(expect.objectContaining({ code: "CACHE_STORE_CONFIG" }));
    for (const ServerAddress of [
      "a b",
      "https://s3.test:9000",
      "s3.test/caches",
      "user:password@s3.test",
      "s3.test?a",
    ]) {
      expect(wrong({ ServerAddress })).toThrow(expect.objectContaining({ code: "CACHE_STORE_CONFIG" }));
      expect(wrong({ ServerAddress })).not.toThrow(/password/);
    }
    expect(s3ObjectUrl(s3Config({ ServerAddress: "[::1]:9000/" }), "", "a").host).toBe("[::1]:9000");
  });
});
