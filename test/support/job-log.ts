/** A job's log without colours, section marks and time stamps. */
export function plainText(raw: string): string {
  return (
    raw
      .replaceAll(/^\d{4}-\d\d-\d\dT[\d:.]+Z [0-9a-f]{2}[OE][ +]/gm, "")
      .replaceAll(/section_(?:start|end):\d+:[^\r\n]*\r/g, "")
      // eslint-disable-next-line no-control-regex
      .replaceAll(/\u001B\[[0-9;]*[A-Za-z]/g, "")
      .replaceAll("\r", "")
  );
}

/** The names of the sections in the order in which they begin; throws when one doesn't end before the next begins. */
export function sectionsOf(raw: string): string[] {
  const names: string[] = [];
  let open: string | null = null;
  for (const [, kind, name = ""] of raw.matchAll(/section_(start|end):\d+:([^\r\n[]+)/g)) {
    if (kind === "start" ? open !== null : open !== name)
      throw new Error(`section ${name} is not nested: ${names.join(" ")}`);
    open = kind === "start" ? name : null;
    if (kind === "start") names.push(name);
  }
  return names;
}
