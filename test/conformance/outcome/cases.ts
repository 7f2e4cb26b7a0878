import type { Feature } from "../case.ts";
import { cancelCases } from "./cancels.ts";
import { reasonCases, scriptCases } from "./failed.ts";
import { project } from "./project.ts";
import { timeoutCases } from "./timeouts.ts";

export const feature: Feature = {
  title: "How a job ends",
  cases: [...scriptCases, ...reasonCases, ...timeoutCases, ...cancelCases],
  prepare: project.prepare,
  differences: [
    {
      what: "after_script in a new container when the build container was removed under the script",
      here: "only with EXECUTOR_JOB_SECTION_ATTEMPTS above 1, which runs the script again; otherwise the job ends",
      why: "what the script left outside of volumes is gone, and after_script would find a world that is not the job's",
    },
    {
      what: "EXECUTOR_JOB_SECTION_ATTEMPTS after a restart of the runner",
      here: "a job that goes on after its runner was started anew has no further attempts",
      why: "it goes on with the containers it has; GitLab Runner loses such a job altogether",
    },
    {
      what: "prepare_timeout over services that come up",
      here: "counted until the images are there and the first stage can begin; the services' own limit holds after that",
      why: "services come up while sources are fetched",
    },
    {
      what: "removing the containers before the final state is sent",
      here: "after it, but for jobs that are cut short",
      why: "nobody has to wait for it",
    },
    {
      what: "`script timeout: context deadline exceeded`, `exit code 143` for after_script's timeout",
      here: "`script took longer than 2 seconds`, `after_script took longer than 2 seconds`",
      why: "the log names the limit",
    },
  ],
};
