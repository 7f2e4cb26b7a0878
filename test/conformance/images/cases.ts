import type { Feature } from "../case.ts";
import { prepareImages } from "./built.ts";
import { choice } from "./choice.ts";
import { credentials } from "./credentials.ts";
import { pulls } from "./pulls.ts";
import { prepareRegistry } from "./registry.ts";

export const feature: Feature = {
  title: "Images and registries",
  cases: [...choice, ...pulls, ...credentials],
  prepare: async (world) => {
    await using prepared = new AsyncDisposableStack();
    prepared.use(await prepareRegistry(world));
    prepared.use(await prepareImages(world));
    return prepared.move();
  },
  differences: [
    {
      what: "pauses between pulls of 2 to 10 s, by chance",
      here: "2 s, then 4 s",
      why: "jobs that wait for one image share the pull, so nothing has to be spread",
    },
    {
      what: "all credential helpers of a config file are asked, whatever the image",
      here: "those for the image's registry",
      why: "each may take seconds, and one that fails must not take the logins of others away",
    },
    {
      what: "a credential helper may take as long as it likes",
      here: "30 s",
      why: "one that waits for somebody to type would hold the job for ever",
    },
    {
      what: "the legacy form of `~/.dockercfg`, logins without `auths` around them",
      here: "is read, too",
      why: "it is what that file was made for",
    },
    {
      what: "the same path in several sources of logins",
      here: "the first source's, as in GitLab Runner; a helper of it that has none leaves it to the next",
      why: "a login that is known is better than none",
    },
    {
      what: "an image by its id that is not on the daemon, with `always`",
      here: "fails without a pull",
      why: "no registry knows an image by its id",
    },
  ],
};
