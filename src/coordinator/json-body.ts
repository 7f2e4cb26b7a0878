/** A JSON body that can be sent again, and the header that goes with it. */
export function jsonBody(value: object | null): {
  readonly body: () => Uint8Array;
  readonly headers: { readonly "content-type": "application/json" };
} {
  const bytes = Buffer.from(JSON.stringify(value));
  return { body: () => bytes, headers: { "content-type": "application/json" } };
}
