import { configurationRefusal, type JobRefusal } from "./refusal.ts";

/** Characters of one text: names of long variables, often enough, would fill the agent's memory. */
const mostCharacters = 4 * 2 ** 20;

/**
 * `$NAME`, `${NAME}` and `$$` as the reference runner expands them (Go's os.Expand): a name is letters, digits and
 * underscores not starting with a digit, or one special character (`* # $ @ ! ? -` or a digit). `lookup` gives the value of
 * a name. A `$` with nothing to expand after it stays; `${}` and an unclosed `${` vanish, as they do there.
 * Throws JobRefusal VARIABLES_TOO_LONG for what would be longer than 4 Mi characters.
 */
export function expand(text: string, lookup: (name: string) => string): string {
  let result = "";
  let position = 0;
  const lastBrace = text.lastIndexOf("}");
  for (;;) {
    const dollar = text.indexOf("$", position);
    if (dollar === -1 || dollar === text.length - 1) return result + text.slice(position);
    result += text.slice(position, dollar);
    const { name, length } = readName(text, dollar + 1, lastBrace);
    if (name !== "") result += lookup(name);
    if (result.length > mostCharacters) throw variablesTooLong();
    else if (length === 0) result += "$";
    position = dollar + 1 + length;
  }
}

const special = /[*#$@!?\-0-9]/;
const word = /[A-Za-z_][A-Za-z0-9_]*/y;

/** `lastBrace` is the index of the last closing brace: a text full of opening ones is not searched again for each. */
function readName(text: string, start: number, lastBrace: number): { readonly name: string; readonly length: number } {
  if (text[start] === "{") {
    if (special.test(text[start + 1] ?? "") && text[start + 2] === "}")
      return { name: text[start + 1] as string, length: 3 };
    const end = start < lastBrace ? text.indexOf("}", start) : -1;
    if (end === -1) return { name: "", length: 1 };
    return { name: text.slice(start + 1, end), length: end - start + 1 };
  }
  if (special.test(text[start] ?? "")) return { name: text[start] as string, length: 1 };
  word.lastIndex = start;
  const match = word.exec(text);
  return match ? { name: match[0], length: match[0].length } : { name: "", length: 0 };
}

export function variablesTooLong(): JobRefusal {
  return configurationRefusal(
    "VARIABLES_TOO_LONG",
    "the job's variables name each other so often that their text would fill the memory",
    "Take out of a long variable the names of other long ones.",
  );
}
