import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";
import { idle } from "../services/idle.ts";
import type { SeenContainers } from "../world.ts";
import { lookedAt } from "./looked-at.ts";

const prefix = "com.gitlab.gitlab-runner";
const sha = "0123456789abcdef0123456789abcdef01234567";
const before = "fedcba9876543210fedcba9876543210fedcba98";

const labelled = lookedAt(
  {
    docker: `[runners.docker.container_labels]
"corp.test/team" = "team of $CI_PROJECT_NAME"
[runners.docker.log_options]
labels = "corp.test/team"
env = "CI_JOB_ID"`,
  },
  {
    script: ["hostname"],
    timeout: 5400,
    variables: {
      GIT_STRATEGY: "empty",
      CI_PROJECT_NAME: "app",
      CI_PIPELINE_ID: "815",
      CI_JOB_URL: "https://gitlab.test/group/app/-/jobs/1",
    },
    parts: {
      services: [idle()],
      git_info: { repo_url: "https://gitlab.test/group/app.git", ref: "feature", sha, before_sha: before, depth: 0 },
      job_info: { name: "test", stage: "test", project_id: 42, project_name: "app", pipeline_id: 815 },
    },
  },
);

const userOfAdmin = lookedAt(
  { docker: 'user = "1000:1000"' },
  {
    script: ["id -u"],
    parts: { services: [idle()], image: { name: images.base, executor_opts: { docker: { user: "0" } } } },
  },
);

const userOfJob = lookedAt(
  { docker: 'allowed_users = ["1000", "www-data"]' },
  {
    script: ["id -u"],
    variables: { GIT_STRATEGY: "empty" },
    parts: { image: { name: images.base, executor_opts: { docker: { user: "www-data" } } } },
  },
);

const init = lookedAt(
  { flags: "FF_TIMESTAMPS = false\nFF_USE_INIT_WITH_DOCKER_EXECUTOR = true" },
  { script: ["true"], parts: { services: [idle()] } },
);

/** Labels under GitLab Runner's prefix, without it. */
function labelsOf({ Config }: SeenContainers["build"]): Readonly<Record<string, string>> {
  const own = Object.entries(Config.Labels).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length + 1), value]));
}

/** Names, labels, users and what else containers are made with. */
export const naming: readonly Case[] = [
  labelled("containers have GitLab Runner's labels: job, ref, project, pipeline and runner", ({ build, ended }) => {
    expect(labelsOf(build)).toMatchObject({
      "job.id": String(ended.job.id),
      "job.url": expect.stringMatching(/^https:\/\/gitlab\.test\/group\/app\/-\/jobs\/\d+$/) as string,
      "job.sha": sha,
      "job.before_sha": before,
      "job.ref": "feature",
      "project.id": "42",
      "pipeline.id": "815",
      "runner.id": expect.stringMatching(/^.{8,9}$/) as string,
      "runner.local_id": expect.stringMatching(/^\d+$/) as string,
      managed: "true",
      type: "build",
    });
  }),
  labelled(
    "the job's timeout, the slot of its project and the agent's system are labels, too",
    ({ build }) => {
      expect(labelsOf(build)).toMatchObject({
        "job.timeout": "1h30m0s",
        "project.runner_id": expect.stringMatching(/^\d+$/) as string,
        "runner.system_id": expect.stringMatching(/^[rs]_.{12}$/) as string,
      });
      expect(Object.keys(labelsOf(build))).toHaveLength(14);
    },
    "not before 17.11, 18.4 and 18.4",
  ),
  labelled(
    "the helper is of type predefined, a service of type service, with its image",
    ({ helper, services }) => {
      expect(helper.Config.Labels[`${prefix}.type`]).toBe("predefined");
      const [name, version] = images.tiny.split(":");
      expect(services[0]?.Config.Labels).toMatchObject({
        [`${prefix}.type`]: "service",
        [`${prefix}.service`]: name,
        [`${prefix}.service.version`]: version,
      });
    },
    "before 18.5 a service's labels have the prefix twice",
  ),
  labelled("container_labels are expanded; services have them under GitLab Runner's prefix", (seen) => {
    const team = { "corp.test/team": "team of app" };
    for (const { Config } of [seen.build, seen.helper]) expect(Config.Labels).toMatchObject(team);
    expect(seen.services[0]?.Config.Labels).toMatchObject({ [`${prefix}.corp.test/team`]: "team of app" });
    expect(seen.build.Config.Labels).not.toHaveProperty(`${prefix}.corp.test/team`);
  }),
  labelled(
    "services have container_labels without the prefix, too",
    ({ services: [service] }) => {
      expect(service?.Config.Labels).toMatchObject({ "corp.test/team": "team of app" });
    },
    "not before 18.5",
  ),
  labelled(
    "log_options are those of the json-file driver of all containers",
    ({ build, helper, services }) => {
      for (const { HostConfig } of [build, helper, ...services])
        expect(HostConfig.LogConfig).toMatchObject({
          Type: "json-file",
          Config: { labels: "corp.test/team", env: "CI_JOB_ID" },
        });
    },
    "not before 18.9",
  ),
  labelled("containers are called runner-SHORT-project-ID-concurrent-N-RANDOM-KIND", ({ build, helper, services }) => {
    const base =
      /^\/runner-[-a-z0-9]{1,9}-project-42-concurrent-\d+-(?:[0-9a-f]{8}){1,2}(?=-)/.exec(build.Name)?.[0] ?? "none";
    expect(build.Name).toBe(`${base}-build`);
    expect(helper.Name).toBe(`${base}-predefined`);
    expect(services[0]?.Name).toBe(`${base}-${(images.tiny.split(":")[0] ?? "").replaceAll("/", "__")}-0`);
  }),
  labelled("the host name of build and helper is runner-SHORT-project-ID-concurrent-N", ({ build, helper, ended }) => {
    const name = /^\/(runner-.*-concurrent-\d+)-/.exec(build.Name)?.[1];
    expect([build, helper].map(({ Config }) => Config.Hostname)).toEqual([name, name]);
    expect(ended.log).toContain(`\n${name}\n`);
  }),
  labelled("containers are never restarted, and have no terminal", ({ build, helper, services }) => {
    for (const { HostConfig, Config } of [build, helper, ...services]) {
      expect(HostConfig.RestartPolicy?.Name).toBe("no");
      expect(Config.Tty).toBe(false);
    }
  }),
  userOfAdmin("user of config.toml wins over the job's, and is that of the build container alone", (seen) => {
    expect(seen.build.Config.User).toBe("1000:1000");
    expect(seen.services[0]?.Config.User).toBe("");
    expect(seen.helper.Config.User).not.toBe("1000:1000");
    expect(seen.ended.log).toContain("\n1000\n");
  }),
  userOfJob("the job's user is one of allowed_users", ({ build, ended }) => {
    expect(build.Config.User).toBe("www-data");
    expect(ended.log).toContain("\n33\n");
  }),
  init("FF_USE_INIT_WITH_DOCKER_EXECUTOR gives build and services an init, not the helper", (seen) => {
    const { build, helper, services } = seen;
    expect([build, helper, ...services].map(({ HostConfig }) => HostConfig.Init ?? false)).toEqual([true, false, true]);
  }),
  {
    title: "variables in the job's user are expanded",
    config: { docker: 'allowed_users = ["1000", "www-data"]' },
    job: {
      script: ["id -u"],
      variables: { WHO: "www-data" },
      parts: { image: { name: images.base, executor_opts: { docker: { user: "$WHO" } } } },
    },
    observed: { log: ["\n33\n"] },
    differs: "not before 18.6",
  },
  {
    title: "the job's user may be a number",
    differs: "before 18.1 such a job can't be read, and is dropped",
    job: { script: ["id -u"], parts: { image: { name: images.base, executor_opts: { docker: { user: 33 } } } } },
    observed: { log: ["\n33\n"] },
  },
  {
    title: "a user who is not in allowed_users is refused",
    config: { docker: 'allowed_users = ["1000"]' },
    job: { script: ["true"], parts: { image: { name: images.base, executor_opts: { docker: { user: "root" } } } } },
    observed: {
      state: "failed",
      failureReason: "runner_configuration_error",
      log: ['user "root" is not an allowed user: 1000'],
    },
    differs: "the failure reason there is that of the runner's system",
  },
  {
    title: "the user of the image is allowed, whatever allowed_users says",
    config: { docker: 'allowed_users = ["1000"]' },
    job: { image: images.base, script: ["id -u"] },
    observed: { log: ["\n0\n"] },
  },
  {
    title: "log_options other than env and labels are a configuration error",
    config: { docker: '[runners.docker.log_options]\nmax-size = "1g"' },
    job: { script: ["true"] },
    observed: { state: "failed", log: [/invalid log options: only .* are allowed, but found: .*max-size/] },
    differs: "before 18.9 it knows no log_options",
  },
];
