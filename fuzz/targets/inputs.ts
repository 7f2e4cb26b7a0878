import * as fc from "fast-check";
import { MoaError } from "../../src/job/moa/moa-error.ts";
import { interpolate } from "../../src/job/moa/template.ts";
import { fromJson } from "../../src/job/moa/value.ts";
import { hold } from "../hold.ts";
import type { FuzzTarget } from "../target.ts";
import { hostileText } from "../texts.ts";

const words =
  "${{ }} \\${{ job inputs x y .x [ ] ( ) { } , : + - * / % ! == != < <= && || \" ' \\ \\u0041 1 2.5e3 null true str( num( bool( for".split(
    " ",
  );

/** Expressions that name a job's inputs. */
export const inputs: FuzzTarget<{ readonly text: string; readonly value: unknown }> = {
  name: "inputs",
  share: 50,
  arbitrary: fc.record({ text: hostileText(words), value: fc.jsonValue({ maxDepth: 4 }) }),
  check({ text, value }) {
    const secret = "never-to-be-seen";
    const data = new Map([
      ["x", fromJson(value, false)],
      ["y", fromJson(secret, true)],
    ]);
    const names = new Map([["job", { data: new Map([["inputs", { data, sensitive: false }]]), sensitive: false }]]);
    try {
      const result = interpolate(text, names);
      hold(result.sensitive || !result.text.includes(secret), "what shows a sensitive input is sensitive");
      hold(text.includes("${{") || result.text === text, "a text without an expression stays as it is");
      hold(result.text.length <= 5_000_000, "a text that is interpolated has a bounded length");
    } catch (error) {
      if (!(error instanceof MoaError)) throw error;
      hold(!error.message.includes(secret), "what is wrong is said without the values");
    }
  },
};
