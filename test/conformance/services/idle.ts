import { images } from "../../support/engine.ts";

/** A service that runs and does nothing. */
export function idle(alias = "") {
  return { name: images.tiny, alias, command: ["sleep", "600"] };
}
