import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import { pack } from "tar-stream";
import type { Engine } from "../../src/docker/engine.ts";

/** An image made for a test, by name; disposing of it removes it. */
export interface BuiltImage extends AsyncDisposable {
  readonly name: string;
}

/** Builds a Dockerfile, with `files` beside it. */
export async function buildImage(
  engine: Engine,
  dockerfile: string,
  files: Readonly<Record<string, string>> = {},
): Promise<BuiltImage> {
  const name = `longshore-test/${randomBytes(6).toString("hex")}:1`;
  const context = pack();
  for (const [path, content] of Object.entries({ ...files, Dockerfile: dockerfile }))
    context.entry({ name: path }, content);
  context.finalize();
  const stream = await engine.buildImage(context as unknown as NodeJS.ReadableStream, {
    t: name,
    rm: true,
    forcerm: true,
  });
  let output = "";
  for await (const chunk of stream as Readable) output += String(chunk);
  if (/"error"/.test(output)) throw new Error(output);
  return {
    name,
    [Symbol.asyncDispose]: async () => {
      await engine.getImage(name).remove({ force: true });
    },
  };
}
