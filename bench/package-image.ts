import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Site } from "./site.ts";

/** What the measured build does: no network in it, so that only the store's warmth makes a difference. */
const innerDockerfile = `FROM bench-base
COPY packages /packages
RUN apt-get install -y --no-install-recommends /packages/*.deb
COPY message /message
`;

const proxies = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

/**
 * The Docker client's image with a build context in /context, Debian packages in it, and the root file system of that
 * build's base image in /base. Disposing of it removes it and what it was made of.
 */
export async function packageBuildImage(site: Site): Promise<AsyncDisposable & { readonly name: string }> {
  site.say("building an image with a package installation to build");
  const context = join(site.directory, "package-context");
  await mkdir(context, { recursive: true });
  const { base, docker } = site.images;
  const [, label = ""] = site.label;
  // By its label the first stage is found again, which the classic builder keeps without a name.
  const dockerfile = `FROM ${base} AS packages
LABEL ${label}
RUN apt-get update && apt-get install -y --download-only --no-install-recommends g++ make git
FROM ${docker}
COPY --from=${base} / /base/
COPY --from=packages /var/cache/apt/archives/*.deb /context/packages/
COPY inner /context/Dockerfile
COPY message /context/message
`;
  await writeFile(join(context, "Dockerfile"), dockerfile);
  await writeFile(join(context, "inner"), innerDockerfile);
  await writeFile(join(context, "message"), "built\n");
  const name = `longshore-bench/${randomBytes(6).toString("hex")}:1`;
  const given = proxies.filter((proxy) => process.env[proxy]).flatMap((proxy) => ["--build-arg", proxy]);
  const options = ["--network", "host", "--force-rm", ...site.label, ...given];
  await site.docker.output("build", ...options, "--tag", name, context);
  return {
    name,
    [Symbol.asyncDispose]: async () => {
      await site.engine.getImage(name).remove({ force: true });
      const stages = await site.engine.listImages({ filters: { label: [label], dangling: ["true"] } });
      for (const { Id } of stages) await site.engine.getImage(Id).remove({ force: true });
    },
  };
}
