import type { Feature } from "../case.ts";
import { askedCases } from "./asked.ts";
import { inputCases } from "./inputs.ts";
import { scriptCases } from "./scripts.ts";
import { stepCases } from "./steps.ts";
import { project } from "./project.ts";

export const feature: Feature = {
  title: "The job's payload",
  cases: [...scriptCases, ...stepCases, ...inputCases, ...askedCases],
  prepare: project.prepare,
  differences: [
    {
      what: "native steps (`run:`)",
      here: "the job is refused with `runner_configuration_error` and says so",
      why: "they need GitLab's step-runner in the build container; that can't run native steps is announced, so that a coordinator doesn't send such jobs",
    },
    {
      what: "`secrets:` of HashiCorp Vault, Azure, Google, AWS and GitLab's secrets manager",
      here: "the job is refused with `runner_configuration_error`, naming them; with FF_SECRET_RESOLVING_FAILS_IF_MISSING=false it runs and they are empty. SECRETS_RETRIEVAL_ATTEMPTS has nothing to repeat",
      why: "there is no resolver for them; masked CI/CD variables and id_tokens (ordinary variables on the wire) work",
    },
    {
      what: "unknown `executor_opts`: `runner_system_failure` with exit code 3",
      here: "`runner_configuration_error`",
      why: "it is the job's text that has to change: a job that is retried after system failures would fail again",
    },
    {
      what: "the text of an array or object in `${{ }}`",
      here: "JSON without spaces",
      why: "GitLab documents only that there is one",
    },
    {
      what: "`suspend_options`, FF_SUSPENDABLE_ENVIRONMENTS",
      here: "ignored: a job's containers end with it",
      why: "only the runners' machines of GitLab.com keep them",
    },
    {
      what: "`features.tracing` with authenticated endpoints",
      here: "such an endpoint gets nothing",
      why: "its login is one of Google's workloads",
    },
    {
      what: "`image:ports`, `services:ports`",
      here: "ignored",
      why: "they serve the web terminal, which is not there",
    },
  ],
};
