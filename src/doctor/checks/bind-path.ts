import { contribute } from "../../daemon/wiring.ts";
import { resolveWiring } from "../../daemon/resolve-wiring.ts";
import { isDockerSocket } from "../../daemon/socket.ts";
import { readVolumes } from "../../job/plan-volumes.ts";
import { cleanPath, isWithin } from "../../job/volumes.ts";
import { messageOf } from "../../support/errors.ts";
import { type Check, fail, pass, skip, warn } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";
import { probeSpec } from "../job-site.ts";
import { wiringContext } from "../wiring-context.ts";

/** Where the daemon looks up a job's paths on its own host: whether a file that one container writes is there for another. */
export const bindPathCheck: Check<DoctorContext> = {
  name: "bind-path",
  needs: ["network"],
  limitMs: 9_000,
  run: async (context, signal) => {
    const { runner } = context;
    const volumes = readVolumes(runner.docker.volumes, (text) => text).filter(({ source }) => source !== "");
    const isClassic = volumes.some(({ source }) => isDockerSocket(source));
    if (!isClassic && !(await looksOnHost(context)))
      return skip("the wiring needs no path that is the same on the host");
    const builds = cleanPath(runner.builds_dir);
    const mounted = volumes.find(({ destination }) => isWithin(builds, destination));
    if (mounted !== undefined && mounted.source !== mounted.destination)
      return warn(
        `\`volumes\` puts ${mounted.source} at ${mounted.destination}: a job's \`docker run -v $PWD:/src\` finds another directory on the host, or none`,
        `set \`volumes = ["${mounted.source}:${mounted.source}"]\` and \`builds_dir = "${mounted.source}"\`, or leave that volume out`,
      );
    try {
      return (await roundTrip(context, mounted?.source ?? builds, signal))
        ? pass(`what a job writes below ${builds} is at the same path for the daemon`)
        : fail(
            `what one container writes below ${builds} is not there for another at the same path`,
            'set `builds_dir = "/path"` in [[runners]] to a directory of the daemon\'s host that containers may share',
          );
    } catch (error) {
      signal.throwIfAborted();
      return fail(
        `${builds} can't be mounted from the daemon's host: ${messageOf(error)}`,
        'set `builds_dir = "/srv/builds"` in [[runners]], or another directory that can be made and written on the daemon\'s host',
      );
    }
  },
};

async function looksOnHost(context: DoctorContext): Promise<boolean> {
  const { settings, runner } = context;
  const wiring = await resolveWiring(runner.docker, await context.daemon(), settings.clock.now(), 0);
  return contribute(wiring, wiringContext(context, "", await context.daemon())).buildsOnHost;
}

async function roundTrip(context: DoctorContext, path: string, signal: AbortSignal): Promise<boolean> {
  const [bench, image] = await Promise.all([context.bench(), context.helperImage()]);
  const start = (role: string) =>
    bench.container(
      { ...probeSpec(bench, context.runner, image, role), binds: [`${path}:${path}`] },
      { kind: "mode", mode: "none" },
      signal,
    );
  const [writer, reader] = await Promise.all([start("writer"), start("reader")]);
  const file = `${path}/${bench.name}`;
  try {
    const written = await bench.run(writer, 'echo "$2" > "$1"', [file, bench.name], signal);
    if (written.code !== 0) throw new Error(written.output);
    const { output } = await bench.run(reader, 'cat "$1"', [file], signal);
    return output === bench.name;
  } finally {
    await bench.run(writer, 'rm -f "$1"', [file], AbortSignal.timeout(5_000)).catch(() => {});
  }
}
