import * as fc from "fast-check";
import { parseConfig } from "../../src/config/parse.ts";
import { keyTree, type KeyNode } from "../../src/config/key-tree.ts";
import { configSchema } from "../../src/config/schema.ts";
import { AgentError } from "../../src/support/errors.ts";
import { hold, unlessRefused } from "../hold.ts";
import type { FuzzTarget } from "../target.ts";
import { hostileText } from "../texts.ts";

const namesOf = (nodes: readonly KeyNode[]): string[] =>
  nodes.flatMap((node) => [node.name, ...namesOf(node.children ?? [])]);
const keys = [...new Set(namesOf(keyTree(configSchema)))];
const values = [
  '"text"',
  "'raw'",
  '"""',
  "'''",
  "true",
  "false",
  "1",
  "-1",
  "1.5",
  "1e400",
  "inf",
  "nan",
  "0x10",
  "0o17",
  "1_000",
  "[]",
  "{}",
  '["a", "b"]',
  "{ a = 1 }",
  "1979-05-27T07:32:00Z",
  "1979-05-27",
  "07:32:00",
  '"unix:///x"',
  '"tcp://h:1"',
  '"dind"',
  '"socket"',
  '"tcp"',
  '"docker"',
  '"always"',
  '"https://gitlab.test"',
  '"$HOME"',
  '"10m"',
  '"10m:"',
  '["a:b:c", "::1", "$A:/b"]',
  '{ nofile = "1:2" }',
  '"0-3,6"',
  '"all"',
  '"\\u0000"',
  '"\\uD800"',
  "9223372036854775808",
  "00",
  "[[[]]]",
];
const joints = [
  " = ",
  "=",
  ".",
  "\n",
  "\n[",
  "]\n",
  "\n[[",
  "]]\n",
  "#",
  ",",
  "{",
  "}",
  "[",
  "]",
  '"',
  "\\",
  "\r\n",
  "__proto__",
  "constructor",
];
const tables = [
  "[[runners]]\n",
  "[runners.docker]\n",
  "[runners.docker.daemon]\n",
  "[[runners.docker.services]]\n",
  "[runners.cache]\n",
  "[runners.cache.s3]\n",
  "[runners.cache.gcs]\n",
  "[runners.cache.azure]\n",
  "[runners.docker.ulimit]\n",
  // What is judged further: an entry that takes jobs.
  '[[runners]]\nurl = "https://gitlab.test"\ntoken = "t"\nexecutor = "docker"\n[runners.docker]\n',
  '[runners.cache]\nType = "s3"\n[runners.cache.s3]\n',
  "[session_server]\n",
];

const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constantFrom(...keys), fc.constantFrom(...values)).map((pair) => `${pair.join(" = ")}\n`),
  },
  { weight: 2, arbitrary: fc.constantFrom(...tables) },
);
const texts = fc.oneof(
  { weight: 3, arbitrary: fc.array(line, { maxLength: 12 }).map((lines) => lines.join("")) },
  {
    weight: 3,
    arbitrary: hostileText([...keys.slice(0, 40), ...values, ...joints, ...joints, ...tables], { longest: 8_000 }),
  },
);
const secret = "glrt-kept-to-oneself";
const entry = `[[runners]]\nurl = "https://gitlab.test"\nexecutor = "docker"\ntoken = "${secret}"\n`;
const surroundings = { env: { HOME: "/root" }, home: "/root" };

/** config.toml's text: parsed, or refused with a place in the file; a token in it is never in the message. */
export const configText: FuzzTarget<{ readonly text: string; readonly withToken: boolean }> = {
  name: "config-text",
  share: 15,
  arbitrary: fc.record({ text: texts, withToken: fc.boolean() }),
  limitMs: 1500,
  check({ text, withToken }) {
    const source = withToken ? `${entry}${text}` : text;
    const codes = ["CONFIG_SYNTAX", "CONFIG_TYPE", "CONFIG_VALUE", "CONFIG_URL", "CONFIG_HOST", "CONFIG_WIRING"];
    const parsed = unlessRefused(codes, () => {
      try {
        return parseConfig(source, "config.toml", surroundings);
      } catch (error) {
        hold(!String(error).includes(secret), "no token is in an error");
        if (error instanceof AgentError) hold(error.message.startsWith("config.toml"), "an error names the file");
        throw error;
      }
    });
    for (const { error } of parsed?.faults ?? [])
      hold(error.message.startsWith("config.toml") && !error.message.includes(secret), "a fault names the file alone");
    hold(parsed?.warnings.every((warning) => !warning.includes(secret)) ?? true, "no token is in a warning");
    if (parsed !== null) JSON.stringify(parsed.config);
  },
};
