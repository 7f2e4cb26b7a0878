import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { AzureStore } from "../../../src/cache/azure-store.ts";
import { azureConfig, get } from "./configs.ts";

const now = () => Date.UTC(2026, 0, 1, 12);

describe("a request to Azure Blob Storage", () => {
  it("carries a signature for one blob and reading, over HTTPS, until it expires", async () => {
    const store = new AzureStore(azureConfig(), now);
    const { url, headers } = await store.sign("a b/ü", get, "download", 600);
    expect(url.origin + url.pathname).toBe("https://account.blob.core.windows.net/caches/a%20b/%C3%BC");
    expect(headers).toEqual({ "x-ms-version": "2020-12-06" });
    const fields = ["r", "2026-01-01T11:00:00Z", "2026-01-01T12:10:00Z", "/blob/account/caches/a b/ü", "", "", "https"];
    const text = [...fields, "2020-12-06", "b", "", "", "", "", "", "", ""].join("\n");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      sv: "2020-12-06",
      sr: "b",
      sp: "r",
      st: "2026-01-01T11:00:00Z",
      se: "2026-01-01T12:10:00Z",
      spr: "https",
      sig: createHmac("sha256", "key").update(text).digest("base64"),
    });
  });

  it("may write, and nothing else, where it uploads", async () => {
    const store = new AzureStore(azureConfig({ StorageDomain: "blob.core.usgovcloudapi.net" }), now);
    const shape = store.uploads.whole({ cachekey: "ü" });
    const { url, headers } = await store.sign("a", shape, "upload", 600);
    expect(url.host).toBe("account.blob.core.usgovcloudapi.net");
    expect(url.searchParams.get("sp")).toBe("w");
    expect(headers).toMatchObject({ "x-ms-blob-type": "BlockBlob", "x-ms-meta-cachekey": "%C3%BC" });
  });

  it("names blocks so that none of an earlier upload is among them", () => {
    const { uploads } = new AzureStore(azureConfig(), now);
    expect(uploads.begin({})).toBeNull();
    const [one, two] = [uploads.idOf(""), uploads.idOf("")];
    expect(one).not.toBe(two);
    const parts = [1, 2].map((number) => ({ number, etag: "" }));
    const list = Buffer.from(uploads.finish(one, parts, {}).body ?? "").toString();
    const names = parts.map(({ number }) => uploads.part(one, number).query["blockid"]);
    expect(list).toContain(names.map((name) => `<Latest>${name}</Latest>`).join(""));
    expect(uploads.abort(one)).toBeNull();
  });

  it.each(["AccountName", "AccountKey", "ContainerName"])("is not made without %s", (key) => {
    expect(() => new AzureStore(azureConfig({ [key]: "" }), now)).toThrow(`has no ${key}`);
  });
});
