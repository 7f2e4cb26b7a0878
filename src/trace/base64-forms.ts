/** Line lengths of tools that wrap base64: coreutils and MIME, then PEM. */
const wraps = [76, 64];
const shortestRow = 8;

/**
 * What of a secret can be seen in base64 text: as a whole, with or without padding, wrapped into lines, and within a
 * longer text, where it may begin at any of three places of a group of four characters (`user:password` of a login).
 * There the character at either border is as much of its neighbour as of the secret and is left as it is. In the
 * standard alphabet and in the one for URLs.
 */
export function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const whole = bytes.toString("base64");
  const bare = whole.replace(/=+$/, "");
  const rows = wraps.flatMap((wrap) => (whole.length > wrap ? [...rowsOf(whole, wrap), ...rowsOf(bare, wrap)] : []));
  const standard = [whole, bare, ...[0, 1, 2].flatMap((before) => within(bytes, before)), ...rows];
  return [...standard, ...standard.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"))];
}

/** With `before` bytes in front of it in the group of three that it begins in. */
function within(bytes: Buffer, before: number): string[] {
  const text = Buffer.concat([Buffer.alloc(before), bytes])
    .toString("base64")
    .replace(/=+$/, "");
  const from = Math.ceil((before * 8) / 6);
  const settled = Math.floor(((before + bytes.length) * 8) / 6);
  // In the middle of a text, and at its end, where nothing but zeros follows.
  return [text.slice(from, settled), text.slice(from)];
}

function rowsOf(text: string, length: number): string[] {
  const rows: string[] = [];
  for (let at = 0; at < text.length; at += length) rows.push(text.slice(at, at + length));
  return rows.filter((row) => row.length >= shortestRow);
}
