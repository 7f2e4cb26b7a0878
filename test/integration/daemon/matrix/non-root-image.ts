import type { Engine } from "../../../../src/docker/engine.ts";
import { type BuiltImage, buildImage } from "../../../support/built-image.ts";
import { images } from "../../../support/engine.ts";

/** docker's image with another user than root. */
export function nonRootImage(engine: Engine): Promise<BuiltImage> {
  return buildImage(engine, `FROM ${images.docker}\nRUN useradd --uid 1000 --create-home builder\nUSER builder\n`);
}
