import { credentialHelpers } from "../../support/credential-helper.ts";
import { images } from "../../support/engine.ts";
import { startRegistry } from "../../support/registry.ts";
import type { Surroundings } from "../world.ts";

/** Its users have the password `secret of USER`. Who comes with a login may have everything, others nothing. */
export interface SharedRegistry {
  readonly local: string;
  /** The same, for everybody; `group/unpushed:1` of it is on the engine alone. */
  readonly open: string;
  /** The registry keeps the user `slow` waiting until the body has ended. */
  whileSlow<T>(body: () => Promise<T>): Promise<T>;
}

const users = ["anybody", "slow"];
let current: SharedRegistry | null = null;

export function registry(): SharedRegistry {
  if (current === null) throw new Error("the registry is started before the first case");
  return current;
}

/** The registry, and credential helpers on the PATH: `longshore-good` knows a login, `longshore-none` none. */
export async function prepareRegistry({ engine }: Surroundings): Promise<AsyncDisposable> {
  await using cleanup = new AsyncDisposableStack();
  let gate = Promise.resolve();
  const started = cleanup.use(
    await startRegistry(engine, async (user, password) => {
      if (user === "slow") await gate;
      return users.includes(user) && password === `secret of ${user}`;
    }),
  );
  const { local, open } = started;
  for (const name of ["app", "shared", "common"]) await started.push(images.tiny, `group/${name}:1`);
  await engine.getImage(images.tiny).tag({ repo: `${open}/group/unpushed`, tag: "1" });
  cleanup.use(
    await credentialHelpers({
      "longshore-good": `echo '{"ServerURL":"","Username":"anybody","Secret":"secret of anybody"}'`,
      "longshore-none": 'echo "credentials not found in native keychain"; exit 1',
    }),
  );
  cleanup.defer(async () => {
    const pulled = (await engine.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);
    const names = pulled.filter((name) => [local, open].some((host) => name.startsWith(`${host}/`)));
    for (const name of names) await engine.getImage(name).remove({ force: true });
    current = null;
  });
  current = {
    local,
    open,
    whileSlow: async (body) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      try {
        return await body();
      } finally {
        resolve();
      }
    },
  };
  return cleanup.move();
}
