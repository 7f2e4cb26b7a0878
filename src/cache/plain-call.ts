/** A small call to a cloud's own services: gives the answer's body. @throws AgentError CACHE_STORE unless the answer is a 2xx */
export type PlainCall = (
  request: { readonly method: string; readonly url: URL; readonly headers: Readonly<Record<string, string>> },
  body: Uint8Array | null,
) => Promise<string>;
