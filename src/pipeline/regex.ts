/** A pattern as JavaScript has it, or what is wrong with it. */
export type TranslatedRegex = { readonly regex: RegExp } | { readonly failure: string };

const posixClasses: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7F",
  blank: "\\t ",
  cntrl: "\\x00-\\x1F\\x7F",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

/** What RE2, GitLab's engine, does not know though JavaScript does. */
const foreign: readonly (readonly [RegExp, string])[] = [
  [/\(\?(?:<?[=!])/y, "look-ahead and look-behind do not exist in RE2"],
  [/\(\?>/y, "atomic groups do not exist in RE2"],
  [/\\[1-9]|\\k</y, "back-references do not exist in RE2"],
];

/** RE2 spellings that JavaScript has under another name. */
const spellings: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [/\\A/y, () => "(?<![\\s\\S])"],
  [/\\z/y, () => "(?![\\s\\S])"],
  [/\(\?P</y, () => "(?<"],
  [/\\Q([\s\S]*?)(?:\\E|$)/y, ([, literal = ""]) => RegExp.escape(literal)],
  [/\\([pP])([A-Z])/y, ([, sign = "", name = ""]) => `\\${sign}{${name}}`],
  [/\\[\s\S]/y, ([pair]) => pair],
];

/** RE2 syntax with the flags i, s, m and U as a JavaScript pattern. U (ungreedy) cannot change whether something matches. */
export function translateRegex(source: string, flags: string): TranslatedRegex {
  const inline = /^\(\?([imsU]+)\)/.exec(source);
  const all = new Set(`${flags}${inline?.[1] ?? ""}`.replaceAll("U", ""));
  const body = translateBody(inline === null ? source : source.slice(inline[0].length));
  if ("failure" in body) return body;
  if (/\\[pP]\{/.test(body.text)) all.add("u");
  try {
    return { regex: new RegExp(body.text, [...all].join("")) };
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message.replace(/^.*: /s, "") : "unknown syntax";
    return { failure: reason.charAt(0).toLowerCase() + reason.slice(1) };
  }
}

/** `/pattern/flags` as a pattern; null when the text is no valid one. */
export function parseSlashedRegex(text: string): RegExp | null {
  const parts = /^\/(.*)\/([ismU]*)$/.exec(text);
  if (parts === null) return null;
  const translated = translateRegex((parts[1] ?? "").replaceAll("\\/", "/"), parts[2] ?? "");
  return "regex" in translated ? translated.regex : null;
}

/** Whether a text has the form `/…/flags`, valid or not. */
export function looksLikeRegex(text: string): boolean {
  return /^\/.*\/[ismU]*$/.test(text);
}

function translateBody(source: string): { readonly text: string } | { readonly failure: string } {
  let text = "";
  let inClass = false;
  let offset = 0;
  while (offset < source.length) {
    const at = (pattern: RegExp): RegExpExecArray | null => {
      pattern.lastIndex = offset;
      return pattern.exec(source);
    };
    const unknown = inClass ? undefined : foreign.find(([pattern]) => at(pattern) !== null);
    if (unknown !== undefined) return { failure: unknown[1] };
    const posix = inClass ? at(/\[:(\^?)(\w+):\]/y) : null;
    if (posix !== null) {
      const name = posix[2] ?? "";
      const members = Object.hasOwn(posixClasses, name) ? posixClasses[name] : undefined;
      if (members === undefined || posix[1] === "^") return { failure: `the class ${posix[0]} is unknown` };
      text += members;
      offset += posix[0].length;
      continue;
    }
    const spelling = spellings
      .map(([pattern, make]) => ({ match: at(pattern), make }))
      .find(({ match }) => match !== null);
    if (spelling?.match != null) {
      text += spelling.make(spelling.match);
      offset += spelling.match[0].length;
      continue;
    }
    const char = source.charAt(offset);
    if (char === "[" && !inClass) {
      const opening = at(/\[\^?\]?/y)?.[0] ?? "[";
      // RE2 reads a ']' right after '[' as a member; JavaScript would close an empty class.
      text += opening.endsWith("]") ? `${opening.slice(0, -1)}\\]` : opening;
      inClass = true;
      offset += opening.length;
      continue;
    }
    if (char === "]" && inClass) inClass = false;
    text += char;
    offset += 1;
  }
  return { text };
}
