const hidden = "[REDACTED]";

/** Names under which a secret travels, whatever the case and whatever stands between the words. */
const secretName =
  /token$|passw|passphrase|secret|authorization|cookie|credential|privatekey|accesskey|accountkey|auths?$|authconfig$|^(?:key|pfx|payload)$/;

/** As long as GitLab makes them; what is shown of one on purpose (its first nine characters) has lost its prefix. */
const gitlabToken =
  /\b(?:(?:glpat|gloas|gldt|glrt|glrtr|glcbt|glptt|glft|glimt|glagent|glsoat|glffct|gltok|glwt)-|GR1348941)[\w.-]{8,}/g;

const deepest = 6;
const mostEntries = 100;

/**
 * Takes secrets out of a text by their shape: the user of a URL, an authorization, GitLab's tokens. What has no shape
 * is for KnownSecrets. Removes no character that JSON gives a meaning.
 */
export function hideShapes(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#"'\\]{1,4096}@/gi, `$1${hidden}@`)
    .replace(/\b(Basic|Bearer) [\w+/.~-]{16,}=*/gi, `$1 ${hidden}`)
    .replace(/\b((?:private|job|runner|deploy)-token: ?)[^\s"'\\]+/gi, `$1${hidden}`)
    .replace(
      /([?&](?:[a-z-]{0,40}_?token|password|x-amz-(?:signature|credential|security-token)|sig)=)[^\s&"'\\]+/gi,
      `$1${hidden}`,
    )
    .replace(gitlabToken, hidden);
}

/**
 * What of a value may be written down: secrets by the names of their fields, bytes as their number, errors as type,
 * message, code, stack and causes alone, since libraries hang their requests, with all headers, on what they throw.
 */
export function redacted(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return hideShapes(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value !== "object" || value === null) return value;
  if (depth > deepest) return "(more)";
  if (value instanceof Error) return plainError(value, depth);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `(${value.byteLength} bytes)`;
  if (value instanceof Date || value instanceof URL) return hideShapes(String(value));
  if (Array.isArray(value)) return value.slice(0, mostEntries).map((each) => redacted(each, depth + 1));
  if (value instanceof Map) return redacted(Object.fromEntries(value), depth);
  if (value instanceof Set) return redacted([...value], depth);
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, mostEntries)
      .map(([name, each]) => [name, isSecretName(name) && each !== "" ? hidden : redacted(each, depth + 1)]),
  );
}

function isSecretName(name: string): boolean {
  return secretName.test(name.toLowerCase().replace(/[^a-z]/g, ""));
}

function plainError(error: Error, depth: number): Readonly<Record<string, unknown>> {
  const { code, errors } = error as { readonly code?: unknown; readonly errors?: unknown };
  return {
    type: error.name,
    message: hideShapes(error.message),
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(typeof error.stack === "string" ? { stack: hideShapes(error.stack) } : {}),
    ...(error.cause === undefined ? {} : { cause: redacted(error.cause, depth + 1) }),
    ...(Array.isArray(errors) ? { errors: redacted(errors, depth + 1) } : {}),
  };
}
