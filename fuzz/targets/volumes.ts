import * as fc from "fast-check";
import { bind, bindDestination, cleanPath, isWithin, mergeBinds, parseVolume } from "../../src/job/volumes.ts";
import { hold, holdEqual } from "../hold.ts";
import type { FuzzTarget } from "../target.ts";
import { hostileText } from "../texts.ts";

/** Entries of `volumes`: what is read is a bind string that says the same, and paths stay where they are. */
export const volumes: FuzzTarget<{ readonly text: string; readonly value: string }> = {
  name: "volumes",
  share: 70,
  arbitrary: fc.record({
    text: hostileText([
      "/",
      "/a",
      "/b/c",
      ":",
      ":ro",
      ":rw",
      ":z",
      ",z",
      ":O",
      ",rshared",
      ":private",
      "name",
      "..",
      ".",
      "$V",
      "${V}",
      "C:\\",
      " ",
    ]),
    value: hostileText(["/x", ":", "..", "ro", ","], { longest: 2_000 }),
  }),
  check({ text, value }) {
    const entry = parseVolume(text, (part) => part);
    if (entry !== null) {
      const { source, destination, mode } = entry;
      hold(destination.startsWith("/"), "a destination is absolute");
      hold(!/[:\r\n]/.test(source + destination), "no part holds a colon or a line break");
      if (source !== "") {
        const text = bind(source, destination, mode);
        hold(parseVolume(text, (part) => part) !== null, "a bind string is a volume again");
        holdEqual(bindDestination(text), destination, "a bind string has its destination");
        holdEqual(mergeBinds([text], [text]), [text], "of two binds with one destination one counts");
      }
    }
    parseVolume(text, () => value);
    const clean = cleanPath(`/${text}`);
    holdEqual(cleanPath(clean), clean, "a clean path stays as it is");
    hold(!clean.split("/").includes(".."), "a clean path has no way up");
    hold(isWithin(clean, clean) && isWithin(clean, "/"), "a path is within itself");
  },
};
