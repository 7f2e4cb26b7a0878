import type { FinishedPart, Metadata, RequestShape, UploadShapes } from "./object-store.ts";
import { storeError } from "./store-error.ts";
import { xmlText } from "./xml-text.ts";

const contentType = "application/octet-stream";
const nothing = { query: {}, headers: {}, body: null } as const;

/**
 * S3's multipart uploads; Google's XML API speaks the same. `headers`: of the request that makes the object, such as
 * the wish for encryption. `metadataPrefix`: `x-amz-meta-` or `x-goog-meta-`.
 */
export function xmlUploads(metadataPrefix: string, headers: Readonly<Record<string, string>>): UploadShapes {
  const described = (metadata: Metadata) => ({
    "content-type": contentType,
    ...headers,
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [metadataPrefix + name, headerText(value)])),
  });
  const ofUpload = (id: string) => ({ uploadId: id });
  return {
    whole: (metadata) => ({ ...nothing, method: "PUT", headers: described(metadata) }),
    begin: (metadata) => ({ ...nothing, method: "POST", query: { uploads: "" }, headers: described(metadata) }),
    idOf: (body) => {
      const id = xmlText(body, "UploadId");
      if (id === "") throw storeError("the store did not say how the upload in parts is called");
      return id;
    },
    part: (id, number) => ({ ...nothing, method: "PUT", query: { partNumber: String(number), ...ofUpload(id) } }),
    finish: (id, parts) => finishShape(id, parts),
    abort: (id) => ({ ...nothing, method: "DELETE", query: ofUpload(id) }),
  };
}

function finishShape(id: string, parts: readonly FinishedPart[]): RequestShape {
  const list = parts.map(
    ({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`,
  );
  const body = Buffer.from(`<CompleteMultipartUpload>${list.join("")}</CompleteMultipartUpload>`);
  return { method: "POST", query: { uploadId: id }, headers: { "content-type": "application/xml" }, body };
}

/** Headers are signed byte by byte, and not every server means UTF-8 by them. */
function headerText(value: string): string {
  return /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !value.includes("  ")
    ? value
    : encodeURIComponent(value);
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
