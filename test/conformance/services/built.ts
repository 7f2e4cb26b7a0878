import { buildImage } from "../../support/built-image.ts";
import { images } from "../../support/engine.ts";
import type { Surroundings } from "../world.ts";

/** Serves one line on a port to everybody who connects, after a while. */
const server = `FROM ${images.tiny}
EXPOSE 8000
CMD ["sh", "-c", "echo the service starts; sleep \${DELAY:-0}; while :; do echo hello from $NAME | nc -l -p 8000; done"]
`;
const health = `FROM ${images.tiny}
HEALTHCHECK --interval=1s --start-period=30s CMD test -e /builds/open
CMD ["sh", "-c", "sleep 2; touch /builds/open; exec sleep 600"]
`;
/** Its twenty-first port is the one that is open. */
const manyPorts = `FROM ${images.tiny}
EXPOSE ${Array.from({ length: 20 }, (_, index) => 7000 + index).join(" ")} 8000
CMD ["sh", "-c", "while :; do nc -l -p 8000; done"]
`;
const portInImage = `FROM ${images.tiny}
ENV HEALTHCHECK_TCP_PORT=8000
EXPOSE 7000
`;

/** Names of images that these cases build. */
export interface ServiceImages {
  readonly server: string;
  readonly checked: string;
  readonly manyPorts: string;
  readonly portInImage: string;
}

let current: ServiceImages | null = null;

export function built(): ServiceImages {
  if (current === null) throw new Error("images are built before the first case");
  return current;
}

export async function prepareServices({ engine }: Surroundings): Promise<AsyncDisposable> {
  await using cleanup = new AsyncDisposableStack();
  const build = async (dockerfile: string) => cleanup.use(await buildImage(engine, dockerfile)).name;
  current = {
    server: await build(server),
    checked: await build(health),
    manyPorts: await build(manyPorts),
    portInImage: await build(portInImage),
  };
  return cleanup.move();
}

/** A line of a script that asks a service for its line. The server listens anew after each connection. */
export function ask(host: string): string {
  return `until answer=$(nc -w 5 ${host} 8000 </dev/null) && [ -n "$answer" ]; do sleep 0.1; done; echo "$answer"`;
}
