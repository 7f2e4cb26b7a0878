// npm run engine -- status|start|stop [--purge]|images
import { prepareEngine } from "../bootstrap/prepare.mjs";
import { BootstrapFailure, describe } from "../bootstrap/failure.mjs";
import { engineHome } from "../bootstrap/places.mjs";
import { findEngine } from "../engine/find.mjs";
import { stopPrivateEngine } from "../engine/stop.mjs";
import { ensureImages, missing } from "../images/build.mjs";
import { imagePlan } from "../images/recipes.mjs";

export const engineUsage = "npm run engine -- status | start | stop [--purge] | images";

export async function engine([action = "status", ...options]) {
  const unknown = options.find((option) => !(action === "stop" && option === "--purge"));
  if (!(action in actions) || unknown) {
    throw new BootstrapFailure(`"engine ${[action, ...options].join(" ")}" is not understood`, `use: ${engineUsage}`);
  }
  return (await actions[action](options)) ?? 0;
}

const actions = {
  async status() {
    let found;
    try {
      found = await findEngine({ mayStart: false });
    } catch (error) {
      if (!(error instanceof BootstrapFailure)) throw error;
      print(describe(error));
      return 1;
    }
    const { body: info } = await found.client.json("GET", "/info");
    print(`engine   ${found.host} (${found.private ? `the private one, data in ${engineHome}` : "not ours"})`);
    print(
      `version  ${info.ServerVersion}, ${info.Driver}, cgroup v${info.CgroupVersion}, runtime ${info.DefaultRuntime}`,
    );
    print(`content  ${info.ContainersRunning} running of ${info.Containers} containers, ${info.Images} images`);
    const plan = imagePlan();
    const absent = await missing(found.client, plan);
    for (const image of plan) print(`image    ${image.reference}${absent.includes(image) ? " (not built)" : ""}`);
  },
  async start() {
    const found = await prepareEngine({ mayStart: true });
    print(`DOCKER_HOST=${found.host}`);
  },
  async stop(options) {
    await stopPrivateEngine({ purge: options.includes("--purge") });
  },
  async images() {
    const references = await ensureImages(await prepareEngine({ mayStart: true }));
    for (const reference of Object.values(references)) print(reference);
  },
};

const print = (line) => process.stdout.write(`${line}\n`);
