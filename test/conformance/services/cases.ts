import type { Feature } from "../case.ts";
import { prepareServices } from "./built.ts";
import { choice } from "./choice.ts";
import { names } from "./names.ts";
import { readiness } from "./readiness.ts";

export const feature: Feature = {
  title: "Services",
  cases: [...choice, ...names, ...readiness],
  prepare: prepareServices,
  differences: [
    {
      what: "order of services",
      here: "they are pulled and started side by side, and so are their checks",
      why: "a service waits for no other; GitLab Runner starts one after another",
    },
    {
      what: "the service's log in the warning: all of it up to 64 KiB, with time stamps",
      here: "its last 50 lines",
      why: "what went wrong stands at the end",
    },
    {
      what: "up to 10 s wait for output of a service that isn't ready",
      here: "none",
      why: "a service that died has printed all that it will",
    },
    {
      what: "services with `network_mode` host, none or container:X",
      here: "are started there, and have no names",
      why: "Docker has none to give there; GitLab Runner adds hosts entries only where a service has an address",
    },
    {
      what: "a service that is a Docker daemon",
      here: "is waited for by its API, and the job ends when it doesn't come up",
      why: "a script that needs it could only fail",
    },
    {
      what: "`suspend_data_path`",
      here: "accepted and not used",
      why: "it belongs to suspendable environments, which are not announced to the coordinator",
    },
  ],
};
