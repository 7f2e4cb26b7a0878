/** What is done with an object: it decides whose credentials sign. */
export type Purpose = "download" | "upload";

/** A request about one object, as far as it doesn't depend on who asks when. Header names are in lower case. */
export interface RequestShape {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
}

/** May be sent as it is by whoever has it, until it expires; its URL must show nowhere. */
export interface SignedRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

export interface FinishedPart {
  readonly number: number;
  readonly etag: string;
}

/** How a kind of store takes an object, whole or in parts that are numbered from 1. */
export interface UploadShapes {
  /** @param metadata names in lower case, values of any characters */
  whole(metadata: Metadata): RequestShape;
  /** null where parts need no beginning. Its answer's body has the upload's id, see `idOf`. */
  begin(metadata: Metadata): RequestShape | null;
  /** @throws AgentError CACHE_STORE for a body without one */
  idOf(body: string): string;
  part(id: string, number: number): RequestShape;
  finish(id: string, parts: readonly FinishedPart[], metadata: Metadata): RequestShape;
  /** null where what nobody finishes goes by itself. */
  abort(id: string): RequestShape | null;
}

export type Metadata = Readonly<Record<string, string>>;

/** A bucket, or a container, of one of the clouds. */
export interface ObjectStore {
  readonly uploads: UploadShapes;
  /** Where an object is, without what only its owner may see. May ask the store where it lies. */
  locate(object: string): Promise<URL>;
  /** @throws AgentError CACHE_STORE when there are no credentials */
  sign(object: string, shape: RequestShape, purpose: Purpose, seconds: number): Promise<SignedRequest>;
}

/** Of characters that a path, a query and a header may have anywhere: RFC 3986's unreserved ones; the rest is encoded. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

export function encodePath(path: string): string {
  return path.split("/").map(encodeStrictly).join("/");
}
