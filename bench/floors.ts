import type { Site } from "./site.ts";
import { printsStamp } from "./jobs.ts";
import { type Patch, stampDelays, stampsOf } from "./timeline.ts";

export const dockerRunName = "docker run --rm IMAGE true";

/** Milliseconds of a bare `docker run --rm IMAGE COMMAND`, output to /dev/null. */
export function dockerRun(site: Site, image: string, command: readonly string[], options: readonly string[] = []) {
  return site.docker.timed("run", "--rm", ...site.label, ...options, image, ...command);
}

/** `IMAGE true`, which every job's start is measured against. */
export const bareContainer = (site: Site): Promise<number> => dockerRun(site, site.images.base, ["true"]);

/** Runs a script that prints stamps (timeline.ts): milliseconds until each is read from `docker run`. */
export async function dockerRunLatencies(site: Site, script: string): Promise<number[]> {
  const patches: Patch[] = [];
  const output: Buffer[] = [];
  let offset = 0;
  await site.docker.streamed(["run", "--rm", ...site.label, site.images.base, "sh", "-c", script], (bytes) => {
    patches.push({ at: Date.now(), offset, bytes: bytes.length });
    output.push(bytes);
    offset += bytes.length;
  });
  return stampDelays(Buffer.concat(output), patches);
}

/** Milliseconds of a `docker cp` of a directory of the image out of a container, as a tar stream to /dev/null. */
export async function copiedOut(site: Site, image: string, directory: string): Promise<number> {
  const id = (await site.docker.output("create", ...site.label, image, "true")).trim();
  try {
    return await site.docker.timed("cp", `${id}:${directory}`, "-");
  } finally {
    await site.docker.timed("rm", "--force", id);
  }
}

/** Seconds of a `cp -a` of a directory of the image into a volume, as it takes inside the container. */
export async function copiedInside(site: Site, image: string, directory: string): Promise<number> {
  const script = `${printsStamp}; cp -a ${directory} /scratch/; ${printsStamp}`;
  const log = await site.docker.output("run", "--rm", ...site.label, "--volume", "/scratch", image, "sh", "-c", script);
  const [begin = Number.NaN, end = Number.NaN] = stampsOf(log);
  return (end - begin) / 1000;
}
