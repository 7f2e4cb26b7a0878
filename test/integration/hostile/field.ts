import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { connectEngine, hostAddress, images } from "../../support/engine.ts";
import { createRepository, type TestRepository } from "../../support/repository.ts";
import { type Front, startFront } from "./front.ts";

/** What the rows run on. */
export interface Field extends AsyncDisposable {
  readonly agent: TestAgent;
  readonly coordinator: TestCoordinator;
  readonly front: Front;
  readonly repository: TestRepository;
  /** On this machine; goes with the field. */
  readonly directory: string;
}

export async function startField(): Promise<Field> {
  await using parts = new AsyncDisposableStack();
  const address = await hostAddress(connectEngine());
  const directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
  parts.defer(() => rm(directory, { recursive: true, force: true }));
  const coordinator = parts.use(await startTestCoordinator({ listen: [`${address}:0`] }));
  const front = parts.use(await startFront(address, coordinator.url));
  const repository = parts.use(await createRepository());
  await repository.commit({ "file.txt": "as committed\n" });
  coordinator.serveRepository("group/project", repository.bare);
  const agent = parts.use(
    await startTestAgent({
      coordinator: { ...coordinator, url: front.url },
      concurrent: 4,
      runners: [
        { docker: 'volumes = ["/cache"]' },
        {
          tag: "limited",
          docker:
            'memory = "48m"\nmemory_swap = "48m"\npids_limit = 40\nservices_limit = 10\ntmpfs = { "/small" = "size=8m" }',
        },
        { tag: "volumes", docker: 'volumes = ["/data/$EVIL"]' },
        {
          tag: "locked",
          settings: "[runners.custom_build_dir]\nenabled = false",
          docker: `allowed_images = ["${images.base}", "${images.nonroot}"]\nallowed_users = ["1000"]`,
        },
        { tag: "socket", hostBuilds: true, docker: '[runners.docker.daemon]\nwiring = "socket"\n' },
      ],
    }),
  );
  const all = parts.move();
  return { agent, coordinator, front, repository, directory, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
