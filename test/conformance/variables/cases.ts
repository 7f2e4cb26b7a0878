import type { Feature } from "../case.ts";
import { flagCases } from "./flags.ts";
import { runnerCases } from "./set-by-runner.ts";
import { valueCases } from "./values.ts";
import { project } from "./project.ts";

export const feature: Feature = {
  title: "Variables and feature flags",
  cases: [...valueCases, ...runnerCases, ...flagCases],
  prepare: project.prepare,
  differences: [
    {
      what: "FF_USE_LEGACY_BASH_EVAL",
      here: "read and written out, without effect",
      why: "scripts are given to the shell in one way only; what the flag brings back is an exit code of 1 for a failing pipe of GitLab Runner's own",
    },
    {
      what: "FF_POSIXLY_CORRECT_ESCAPES",
      here: "without effect: it is always so",
      why: "values are quoted in single quotes, which every POSIX shell reads alike",
    },
    {
      what: "FF_RESOLVE_FULL_TLS_CHAIN",
      here: "without effect: CI_SERVER_TLS_CA_FILE holds what config.toml or the coordinator's connection gave",
      why: "certificates that a server doesn't send would have to be fetched over plain HTTP from addresses in other certificates",
    },
    {
      what: "FF_USE_FASTZIP, FF_USE_PARALLEL_CACHE_TRANSFER, ARCHIVER_STAGING_DIR",
      here: "without effect on what is packed",
      why: "they choose between GitLab Runner's archivers; there is one here",
    },
    {
      what: "FF_CONCRETE, FF_SCRIPT_TO_STEP_MIGRATION",
      here: "without effect",
      why: "they move jobs over to GitLab's step-runner",
    },
    {
      what: "FF_USE_JOB_ROUTER, FF_DISABLE_AUTOMATIC_TOKEN_ROTATION, FF_USE_DOCKER_AUTOSCALER_DIAL_STDIO",
      here: "without effect on a job",
      why: "they concern how GitLab Runner talks to its surroundings, not what a job sees",
    },
    {
      what: '`shell = "pwsh"` and `"powershell"`',
      here: "refused at the start: the entry takes no jobs, and the others do",
      why: "scripts run in the image's bash, or else its sh; Linux images without either are rare",
    },
    {
      what: "`proxy_exec`",
      here: "accepted without effect",
      why: "`::add-mask::` needs no proxy",
    },
    {
      what: "[runners.referees.metrics]",
      here: "accepted without effect",
      why: "the samples of a Prometheus belong to the autoscaling executors",
    },
  ],
};
