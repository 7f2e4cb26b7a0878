import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { pack } from "tar-stream";
import type { Engine } from "../../src/docker/engine.ts";
import type { BuiltImage } from "./built-image.ts";

/** The head of an ELF file for AArch64: enough for the kernel of any other machine to refuse it. */
export const foreignProgram = Buffer.concat([
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0xb7, 0]),
  Buffer.alloc(400),
]);

/** An image for linux/arm64 whose only file is /bin/sh. A Dockerfile can't say so without buildkit; loading one can. */
export async function loadForeignImage(engine: Engine): Promise<BuiltImage> {
  const name = `longshore-test/${randomBytes(6).toString("hex")}:1`;
  const layer = await tar({ "bin/sh": foreignProgram });
  const config = {
    architecture: "arm64",
    os: "linux",
    config: { Cmd: ["/bin/sh"], Env: ["PATH=/bin"] },
    rootfs: { type: "layers", diff_ids: [`sha256:${createHash("sha256").update(layer).digest("hex")}`] },
  };
  const manifest = [{ Config: "config.json", RepoTags: [name], Layers: ["layer.tar"] }];
  const archive = await tar({
    "config.json": Buffer.from(JSON.stringify(config)),
    "layer.tar": layer,
    "manifest.json": Buffer.from(JSON.stringify(manifest)),
  });
  const output = await text((await engine.loadImage(Readable.from([archive]))) as Readable);
  if (!output.includes(name)) throw new Error(output);
  return {
    name,
    [Symbol.asyncDispose]: async () => {
      await engine.getImage(name).remove({ force: true });
    },
  };
}

async function tar(files: Readonly<Record<string, Buffer>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) archive.entry({ name, mode: 0o755 }, content);
  archive.finalize();
  return buffer(archive);
}
