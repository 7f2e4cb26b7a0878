import * as fc from "fast-check";
import { OutputTail } from "../../src/trace/output-tail.ts";
import { plainLines } from "../../src/trace/plain-lines.ts";
import { sectionEnd, sectionStart } from "../../src/trace/sections.ts";
import { hold } from "../hold.ts";
import type { FuzzTarget } from "../target.ts";
import { damaged, hostileText, inPieces } from "../texts.ts";

const words = [
  "abc",
  "\n",
  "\r",
  "\r\n",
  "\x1b[0K",
  "\x1b[",
  "\x1b]",
  "\x1b]0;title\x07",
  "\x9b",
  "section_start:1:a\r",
  "x",
  "ä",
  ";",
  "1",
];
const pieces = inPieces(damaged(hostileText(words, { longest: 120_000 }).map((text) => Buffer.from(text))));

/** What is shown of a log's end, to the rules that explain a failure and to the admin: plain lines of bounded length. */
export const tails: FuzzTarget<{ readonly chunks: readonly Buffer[]; readonly name: string }> = {
  name: "log-tail",
  share: 40,
  arbitrary: fc.record({ chunks: pieces, name: hostileText(["a", "b"], { pieces: 2 }) }),
  check({ chunks, name }) {
    const tail = new OutputTail();
    tail.begin();
    for (const chunk of chunks) tail.push(chunk);
    const lines = tail.lines();
    hold(lines.length <= 400, "there are few lines");
    hold(
      lines.every((text) => text.length <= 1000 && !/\p{Cc}/u.test(text.replaceAll("\t", ""))),
      "a line has no control characters",
    );
    plainLines(Buffer.concat(chunks).toString("latin1"));
    hold(
      sectionStart(name, 1).startsWith("section_start:1:") && sectionEnd(name, 1).endsWith("\x1b[0K"),
      "a section has its marks",
    );
  },
};
