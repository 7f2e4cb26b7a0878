import { expect } from "vitest";
import type { JobParts } from "../../../src/coordinator/embedded/job-record.ts";
import { images } from "../../support/engine.ts";
import { scriptJob } from "../../support/coordinator.ts";
import type { Case } from "../case.ts";

const refused = { state: "failed", failureReason: "runner_configuration_error" } as const;
const vault = { DATABASE_PASSWORD: { vault: { path: "db", field: "password" } } };

/** Whatever GitLab may send, also what the type doesn't know. */
const sent = (parts: Readonly<Record<string, unknown>>): JobParts => parts;

/** The other fields: what is obeyed, what is refused, what is ignored. */
export const askedCases: readonly Case[] = [
  {
    title: "fields that nobody knows are ignored",
    job: () => ({
      ...scriptJob({ script: ["echo it runs"] }),
      ...sent({ from_the_future: { deep: [{ er: null }] }, job_info: { name: "test", project_id: 1, colour: "red" } }),
    }),
    observed: { log: ["\nit runs\n"] },
  },
  {
    title: "null stands for nothing, wherever it is",
    job: () => ({
      ...scriptJob({ script: ["echo it runs"] }),
      ...sent({ services: null, artifacts: null, cache: null, dependencies: null, hooks: null, credentials: null }),
      ...sent({
        inputs: null,
        secrets: null,
        policy_options: null,
        run: null,
        image: { name: images.base, command: null, alias: null },
      }),
    }),
    observed: { log: ["\nit runs\n"] },
  },
  {
    title: "a timeout of 0 is one of two hours",
    differs: "before version 17.11 it can't be asked: no label of a container says it",
    prove: async (world) => {
      const { build, ended } = await world.look({ script: ["true"], timeout: 0, artifacts: ["none"] });
      expect(build.Config.Labels["com.gitlab.gitlab-runner.job.timeout"]).toBe("2h0m0s");
      expect(ended.job.state).toBe("success");
    },
  },
  {
    title: "the image's user may be a number",
    differs: "before version 18.1 it can't read such a job at all",
    job: () => ({
      ...scriptJob({ script: ["id -u"] }),
      image: { name: images.base, executor_opts: { docker: { user: 1234 } } },
    }),
    observed: { log: ["$ id -u\n1234\n"] },
  },
  {
    title: "options of an image for another executor change nothing",
    differs: "before version 17.11 it knows no other executor's, and refuses them",
    job: () => ({
      ...scriptJob({ script: ["id -u"] }),
      image: { name: images.base, executor_opts: { kubernetes: { user: "1234" } } },
    }),
    observed: { log: ["$ id -u\n0\n"] },
  },
  {
    title: "an unknown option of an image is refused before anything runs",
    job: () => ({
      ...scriptJob({ script: ["echo never"] }),
      image: { name: images.base, executor_opts: { docker: { network: "host" } } },
    }),
    observed: {
      ...refused,
      log: [/Unsupported "image" options \[network\] for "docker executor"/],
      absent: ["\nnever\n"],
    },
    differs: "the reason is runner_configuration_error, not runner_system_failure: see below",
  },
  {
    title: "`run:` is refused with what to do instead",
    job: { script: [], parts: { run: '[{"name":"one","step":"./step"}]' } },
    observed: { ...refused, log: [/Job failed: the job uses `run:`/, /use `script:`/] },
    differs: "GitLab Runner runs native steps",
  },
  {
    title: "a secret that can't be resolved is refused by name",
    job: { script: ["echo never"], parts: { secrets: vault } },
    observed: { ...refused, log: [/Job failed: the job uses `secrets:` \(DATABASE_PASSWORD\)/], absent: ["\nnever\n"] },
    differs: "GitLab Runner asks the vault",
  },
  {
    title: "FF_SECRET_RESOLVING_FAILS_IF_MISSING=false lets the job run with its secrets empty",
    job: {
      script: ['test -f "$DATABASE_PASSWORD" && test ! -s "$DATABASE_PASSWORD" && echo an empty file'],
      variables: { FF_SECRET_RESOLVING_FAILS_IF_MISSING: "false" },
      parts: { secrets: vault },
    },
    observed: { log: [/Not resolved: secret "DATABASE_PASSWORD" \(vault\)/, "\nan empty file\n"] },
    differs: "so does GitLab Runner with those that a vault doesn't have; here it is every one",
  },
  {
    title: "a secret of a kind that nobody knows is told of, and the job goes on",
    job: () => ({
      ...scriptJob({ script: ["echo [${ODD-none}]"] }),
      ...sent({ secrets: { ODD: { crystal_ball: { question: "?" } } } }),
    }),
    observed: { log: [/Not resolved: /, "\n[none]\n"] },
  },
  {
    title: "a job of a policy says whose variables count",
    differs: "before version 18.1 it says nothing of it",
    job: {
      script: ["true"],
      parts: {
        policy_options: {
          execution_policy_job: true,
          policy_name: "Scans",
          policy_variables_override_allowed: true,
          policy_variables_override_exceptions: ["SCAN_DEPTH"],
        },
      },
    },
    observed: {
      log: [
        'Job triggered by policy "Scans".',
        "User-defined CI/CD variables are allowed in this job (except for SCAN_DEPTH) according to the policy.",
      ],
    },
  },
  {
    title: "of credentials only those for registries count",
    job: {
      script: ["echo it runs"],
      parts: { credentials: [{ type: "crystal_ball", url: "https://ball.test", username: "u", password: "p4ssw0rd" }] },
    },
    observed: { log: ["\nit runs\n"] },
  },
  {
    title: "a job of a project without sources is told of what is skipped",
    prove: async (world) => {
      const { log } = await world.run({ script: ["true"] });
      expect(log).toContain("Skipping Git repository setup\nSkipping Git checkout\nSkipping Git submodules setup\n");
    },
  },
];
