import { LineCounter, parseAllDocuments, type Document } from "yaml";
import { convertDocument } from "./convert.ts";
import { isTooBig, maxDepth, maxNodes, type MapNode, type Node } from "./node.ts";
import type { Place, Problems } from "./problems.ts";

/** GitLab's default limit for one configuration file. */
const maxTextBytes = 2 * 1024 * 1024;

const hints: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "Indent with spaces.",
  BLOCK_AS_IMPLICIT_KEY: "Put quotes around a value that contains ': '.",
  BAD_INDENT: "Line this up with the lines around it.",
  BAD_ALIAS: "Define the anchor (&name) above its first use.",
  MULTILINE_IMPLICIT_KEY: "Check the indentation, and that the key ends with ':'.",
  MISSING_CHAR: "Close the quote or bracket.",
};

/** Reads one YAML file; null when it cannot be used, with the reasons in `problems`. */
export function parseYaml(file: string, text: string, problems: Problems): MapNode | null {
  const start: Place = { file, line: 1, column: 1 };
  if (text.length > maxTextBytes) {
    problems.error(start, "", "The file is too big.", "A configuration may have 2 MiB; split it with include:local.");
    return null;
  }
  const lines = new LineCounter();
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const documents = load(text, lines);
  const failures = documents.flatMap((document) => document.errors);
  // The parser recurses, and reports so what exhausts the stack.
  const tooDeep = failures.find((failure) => failure.code === "RESOURCE_EXHAUSTION");
  if (tooDeep !== undefined) {
    const hint = `Values may be nested ${maxDepth} levels deep.`;
    problems.error(placeOf(tooDeep.pos[0]), "", "The file is nested too deeply.", hint);
    return null;
  }
  for (const failure of failures) {
    const message = `Invalid YAML: ${failure.message.split("\n")[0] ?? failure.code}`;
    problems.error(placeOf(failure.pos[0]), "", message, hints[failure.code] ?? "Correct the syntax at this place.");
  }
  if (failures.length > 0) return null;

  const before = problems.errors.length;
  const roots = documents
    .map((document) => convertDocument(document, placeOf, problems))
    .filter((node) => !isNull(node));
  if (problems.errors.length > before) return null;
  return theOnlyMap(roots, start, problems);
}

function load(text: string, lines: LineCounter): readonly Document[] {
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    // Every scalar as text: what an unquoted one means is decided in scalar.ts, as GitLab's parser does.
    schema: "failsafe",
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  return Array.isArray(documents) ? documents : [];
}

function theOnlyMap(roots: readonly Node[], start: Place, problems: Problems): MapNode | null {
  const [first, second] = roots;
  if (first === undefined) {
    problems.error(start, "", "The file is empty.", "Write at least one job with a script.");
    return null;
  }
  if (first.kind !== "map") {
    problems.error(
      first.place,
      "",
      "The file has to be a map of keywords and jobs.",
      "Write `name:` and a job below it.",
    );
    return null;
  }
  if (isTooBig(first)) {
    const limit = `It may have ${maxNodes} values (aliases written out) and ${maxDepth} levels.`;
    problems.error(first.place, "", "The configuration is too big once its aliases are written out.", limit);
    return null;
  }
  if (second !== undefined && !first.entries.has("spec")) {
    problems.warn(second.place, "", "only the first YAML document of a file is used; this one is ignored");
  }
  return first;
}

function isNull(node: Node): boolean {
  return node.kind === "scalar" && node.type === "null";
}
