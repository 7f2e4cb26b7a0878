const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The text of the first element of this name, "" without one. For the short, flat answers of stores. */
export function xmlText(xml: string, element: string): string {
  const start = xml.search(new RegExp(`<${element}(?:\\s[^>]*)?>`));
  if (start === -1) return "";
  const from = xml.indexOf(">", start) + 1;
  const end = xml.indexOf(`</${element}>`, from);
  return end === -1
    ? ""
    : xml
        .slice(from, end)
        .replaceAll(/&(#x?)?(\w+);/g, decoded)
        .trim();
}

function decoded(entity: string, numeric: string | undefined, name: string): string {
  if (numeric === undefined) return entities[name] ?? entity;
  const code = Number.parseInt(name, numeric === "#" ? 10 : 16);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : entity;
}
