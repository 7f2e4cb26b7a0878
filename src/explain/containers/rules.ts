import type { Rule } from "../rule.ts";
import { commandNotFound } from "./command-not-found.ts";
import { crlfLineEndings } from "./crlf-line-endings.ts";
import { entrypointSwallowsScript, scriptNotRun } from "./entrypoint-swallows-script.ts";
import { execFormatError } from "./exec-format-error.ts";
import { entrypointNotRunnable, noShellInImage } from "./image-start.ts";
import { interpreterMissing } from "./interpreter-missing.ts";
import { endedBySigterm, killedBySignal } from "./killed.ts";
import { notExecutable } from "./not-executable.ts";
import { outOfMemory } from "./out-of-memory.ts";
import { dubiousOwnership, projectFilesDenied } from "./project-files-denied.ts";
import { serviceDied } from "./service-died.ts";

/** In the order in which they are asked: the first that knows the cause is the one that is shown. */
export const containersRules: readonly Rule[] = [
  noShellInImage,
  entrypointNotRunnable,
  outOfMemory,
  serviceDied,
  execFormatError,
  crlfLineEndings,
  interpreterMissing,
  entrypointSwallowsScript,
  scriptNotRun,
  commandNotFound,
  notExecutable,
  dubiousOwnership,
  projectFilesDenied,
  killedBySignal,
  endedBySigterm,
];
