import type { Feature } from "../case.ts";
import { answers } from "./answers.ts";
import { differences } from "./differences.ts";
import { downloads } from "./downloads.ts";
import { formats } from "./formats.ts";
import { patterns } from "./patterns.ts";
import { uploads } from "./uploads.ts";

export const feature: Feature = {
  title: "Artifacts",
  cases: [...patterns, ...uploads, ...formats, ...answers, ...downloads],
  differences,
};
