import { buildImage } from "../../support/built-image.ts";
import { images } from "../../support/engine.ts";
import type { Surroundings } from "../world.ts";

/** Names of images that these cases build. */
export interface BuiltImages {
  readonly entrypoint: string;
  readonly withoutShell: string;
}

let current: BuiltImages | null = null;

export function built(): BuiltImages {
  if (current === null) throw new Error("images are built before the first case");
  return current;
}

export async function prepareImages({ engine }: Surroundings): Promise<AsyncDisposable> {
  await using cleanup = new AsyncDisposableStack();
  const entry = `ENTRYPOINT ["/bin/sh", "-c", "echo hello from the entrypoint; export BY_ENTRYPOINT=1; exec \\"$@\\"", "--"]`;
  const entrypoint = cleanup.use(await buildImage(engine, `FROM ${images.base}\n${entry}\n`));
  const bare = 'FROM scratch\nCOPY file /\nCMD ["/file"]\n';
  const withoutShell = cleanup.use(await buildImage(engine, bare, { file: "x" }));
  current = { entrypoint: entrypoint.name, withoutShell: withoutShell.name };
  return cleanup.move();
}
