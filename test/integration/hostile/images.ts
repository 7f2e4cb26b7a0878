import { images as own, containersOf, inspect } from "../../support/engine.ts";
import type { ScriptJob } from "../../support/coordinator.ts";
import type { Field } from "./field.ts";
import { type HostileKind, lineWith, must, row } from "./row.ts";

const refused = async ({ agent }: Field, job: Partial<ScriptJob>, words: RegExp, tag?: string): Promise<string> => {
  const ended = await agent.run({ script: ["echo it runs"], ...job }, tag);
  must(ended.job.state === "failed" && !ended.log.includes("\nit runs\n"), ended.log);
  return lineWith(ended.log, words).slice(0, 160);
};

const names = (all: readonly string[], words: RegExp) => async (field: Field) => {
  const said = await Promise.all(all.map((image) => refused(field, { image }, words)));
  return said[0] ?? "";
};

export const images: HostileKind = {
  title: "Images, services, volumes",
  rows: [
    row(
      'images "a b", "--privileged", "x;rm -rf /", "../x", "$(id)", with a newline',
      "refused, before the daemon hears of them",
      names(["a b", "--privileged", "x;rm -rf /", "../x", "$(id)x y", "base\nx"], /invalid image name/),
    ),
    row(
      "images in capitals, of 5,000 characters, with @sha256: and too little behind it",
      "refused",
      names(
        ["BASE", `${"a/".repeat(2_500)}b`, "base@sha256:abc"],
        /invalid image name|[Ii]nvalid|too long|must not be more/,
      ),
    ),
    row("an image that the admin's list does not have, also by a variable", "refused", async (field) => {
      await refused(
        field,
        { image: "$IMAGE", variables: { IMAGE: own.python } },
        /not present on list of allowed images/,
        "locked",
      );
      return refused(field, { image: own.python }, /not present on list of allowed images/, "locked");
    }),
    row("executor_opts.docker.user: 0, where the admin allows 1000", "refused", (field) =>
      refused(
        field,
        { parts: { image: { name: own.base, executor_opts: { docker: { user: "0", platform: "" } } } } },
        /not an allowed user/,
        "locked",
      ),
    ),
    row(
      'executor_opts.docker.platform "linux/amd64 --privileged", user "root; id"',
      "the daemon gets it as one value, and refuses it",
      async ({ agent }) => {
        const { job, log } = await agent.run({
          script: ["true"],
          parts: {
            image: {
              name: own.base,
              executor_opts: { docker: { user: "root; id", platform: "linux/amd64 --privileged" } },
            },
          },
        });
        must(job.state === "failed", log);
        return lineWith(log, /ERROR/).slice(0, 160);
      },
    ),
    row(
      "an entrypoint that ignores the script, with options of docker run",
      "it is a command in the container, and the log says that the script did not run",
      async ({ agent }) => {
        const { job, log } = await agent.run({
          script: ["echo it runs"],
          parts: {
            image: {
              name: own.base,
              entrypoint: ["/bin/sh", "-c", "echo swallowed; exit 0", "--privileged", "-v", "/:/host"],
            },
          },
        });
        must(job.finished && !log.includes("\nit runs\n"), log);
        return `${job.state}, as with GitLab Runner; ${lineWith(log, /did not run a line of the script/).slice(0, 160)}`;
      },
    ),
    row(
      "services with the aliases build, docker, a name with a newline, and one in capitals with ;",
      "aliases are names in the job's own network",
      async ({ agent }) => {
        const { job, log } = await agent.run({
          script: ["getent hosts build docker | wc -l"],
          services: [
            { name: own.base, alias: "build" },
            { name: own.tiny, alias: "docker\n--privileged,;id" },
          ],
        });
        must(job.finished, log);
        return `${job.state}: ${log.trim().split("\n").at(-1)?.slice(0, 160) ?? ""}`;
      },
    ),
    row(
      "1,000 services",
      "services_limit refuses them; without it (GitLab Runner's default) only their aliases are unique",
      async (field) =>
        refused(
          field,
          { services: Array.from({ length: 1_000 }, (_, index) => ({ name: own.base, alias: `s${index}` })) },
          /too many services/,
          "limited",
        ),
    ),
    row(
      "a variable in a volume of config.toml that is ../.., and one with :/etc:rw",
      "no other place of the host or the container is mounted",
      async (field) => {
        const up = await field.agent.run(
          { script: ["ls -d /etc/passwd", "mount | grep -c ' /etc ' || true"], variables: { EVIL: "../etc" } },
          "volumes",
        );
        const said = await refused(
          field,
          { variables: { EVIL: "x:/etc:rw" } },
          /invalid volume specification: "\/data\/\$EVIL"/,
          "volumes",
        );
        return `${up.job.state} with /data/../etc; ${said}`;
      },
    ),
    row(
      "credentials for one registry, an image of another whose name begins alike",
      "they are not sent there",
      async () => {
        const { credentialsFor } = await import("../../../src/docker/registry-auth.ts");
        const sources = [{ name: "job", entries: { "registry.example.com/group": { username: "u", password: "p" } } }];
        for (const image of [
          "registry.example.com.evil.org/group/x",
          "registry.example.com/group-of-another/x",
          "registry.example.com:5000/group/x",
        ])
          must(credentialsFor(image, sources) === null, image);
        must(credentialsFor("registry.example.com/group/x", sources) !== null, "its own image has none");
        return "none of three; its own image has them";
      },
    ),
    row(
      "a container of a job",
      "it has a limit on processes and no right that was not configured",
      async ({ agent }) => {
        const job = await agent.start({ script: ["echo it runs; while :; do sleep 0.1; done"] });
        await agent.shows(job, "it runs\n");
        const [id = ""] = await containersOf(agent.engine, agent.agentId, job.id, "build");
        const { HostConfig: host } = await inspect(agent.engine, id);
        agent.coordinator.cancel(job.id);
        await agent.ended(job);
        must(
          host.PidsLimit === 8192 && host.Privileged === false && host.PidMode === "" && host.IpcMode !== "host",
          host,
        );
        return `pids ${host.PidsLimit}, not privileged, namespaces of its own`;
      },
    ),
  ],
};
