import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { ping } from "../../../src/docker/ping.ts";
import { containersOf, images, killContainer } from "../../support/engine.ts";
import { type HostileKind, lineWith, must, row } from "./row.ts";

const last = (log: string): string => log.trim().split("\n").at(-1)?.slice(0, 170) ?? "";
/** The line that names the cause, else the last one. */
const why = (log: string): string => (/^Why it failed: .*/m.exec(log)?.[0] ?? last(log)).slice(0, 170);
const docker = (script: readonly string[]) => ({ image: images.docker, script });

/** A server of this process that says this to whoever connects, again and again. */
async function talker(words: string): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    const talk = () => {
      while (!socket.destroyed && socket.write(words));
    };
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      talk();
      socket.on("drain", talk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

export const fights: HostileKind = {
  title: "Jobs that fight",
  rows: [
    row("kill -9 -1 in the script", "the job ends, its log and artifacts' stage with it", async ({ agent }) => {
      const { job, log } = await agent.run({ script: ["kill -9 -1; sleep 1; echo survived"] });
      must(job.finished, log);
      return `${job.state}: ${why(log)}`;
    }),
    row(
      "a fork bomb, with pids_limit = 40",
      "it ends at the limit; the next job and the agent don't notice",
      async ({ agent }) => {
        const bomb = await agent.run(
          {
            script: [
              "dash -c 'bomb() { bomb | bomb & }; bomb; wait; sleep 2'; i=0; dash -ec 'while [ $((i += 1)) -lt 100 ]; do sleep 30 & done'; echo started all",
            ],
          },
          "limited",
        );
        must(bomb.job.state === "failed" && !bomb.log.includes("\nstarted all\n"), bomb.log);
        return why(bomb.log);
      },
    ),
    row("more memory than `memory`", "the job ends, and its log says why", async ({ agent }) => {
      const { job, log } = await agent.run({ script: ["head -c 200000000 /dev/zero | tail"] }, "limited");
      must(job.state === "failed", log);
      return why(log);
    }),
    row("a tmpfs of 8 MB filled up", "only the job feels it", async ({ agent }) => {
      const { job, log } = await agent.run({ script: ["head -c 50000000 /dev/zero >/small/x"] }, "limited");
      must(job.state === "failed", log);
      return lineWith(log, /No space left/);
    }),
    row(
      "TERM trapped, stdin and stdout closed, a daemon left behind, then a cancel",
      "the job ends, and nothing of it runs on",
      async ({ agent }) => {
        const job = await agent.start({
          script: [
            "trap '' TERM INT HUP; setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo started; exec 1>&- 2>&- </dev/null; while :; do sleep 1; done",
          ],
        });
        await agent.shows(job, "\nstarted\n");
        agent.coordinator.cancel(job.id);
        const { log } = await agent.ended(job);
        await agent.cleanedUp(job);
        must(job.state === "canceled" || job.state === "failed", log);
        return `${job.state}; its containers are gone`;
      },
    ),
    row("a daemon that outlives the script and holds its output", "the job ends with the script", async ({ agent }) => {
      const { job, log } = await agent.run({
        script: ["setsid sh -c 'while :; do echo still here; sleep 1; done' & sleep 0.1; echo done"],
      });
      must(job.state === "success", log);
      await agent.cleanedUp(job);
      return "success; its containers are gone";
    }),
    row("an after_script that sleeps for ever", "it ends at RUNNER_AFTER_SCRIPT_TIMEOUT", async ({ agent }) => {
      const { job, log } = await agent.run({
        script: ["true"],
        afterScript: ["sleep 1000"],
        variables: { RUNNER_AFTER_SCRIPT_TIMEOUT: "1s" },
      });
      must(job.finished, log);
      return `${job.state}: ${lineWith(log, /after_script.*(?:time|deadline|longer)|time.*after_script/i).slice(0, 140)}`;
    }),
    row("set +e; exec >/dev/null 2>&1; exit 5", "the exit code counts", async ({ agent }) => {
      const { job, log } = await agent.run({ script: ["set +e; exec >/dev/null 2>&1", "echo x", "exit 5"] });
      must(job.exitCode === 5, log);
      return last(log);
    }),
    row(
      "/bin/sh, git, tar and cp replaced in the build container",
      "the helper has its own: artifacts go up",
      async ({ agent }) => {
        const { job, log } = await agent.run({
          script: [
            "echo x >x; for tool in sh tar cp find git; do printf '#!/bin/bash\\ntouch /builds/sprung\\n' >/usr/bin/$tool; chmod 755 /usr/bin/$tool; done",
          ],
          artifacts: ["x"],
        });
        must(job.artifacts.length === 1 && job.state === "success", log);
        return "success, with the artifact";
      },
    ),
    row(
      "date -s, mount, a write to /proc/sys and sysrq",
      "refused by the kernel: no such right without privileged",
      async ({ agent }) => {
        const { job, log } = await agent.run({
          script: [
            "date -s 2001-01-01 && echo changed; mount -t tmpfs x /mnt && echo changed; echo b >/proc/sysrq-trigger && echo changed; echo x >/proc/sys/kernel/core_pattern && echo changed; true",
          ],
        });
        must(job.state === "success" && !/^changed/m.test(log), log);
        return lineWith(log, /Operation not permitted|permission denied|Read-only/i);
      },
    ),
    row(
      "docker rm -f of its own build container, through the socket",
      "the job fails with the reason",
      async ({ agent }) => {
        const { job, log } = await agent.run(
          docker([
            "docker rm -f $(docker ps -q --filter label=com.gitlab.gitlab-runner.job.id=$CI_JOB_ID --filter label=com.gitlab.gitlab-runner.type=build); sleep 60",
          ]),
          "socket",
        );
        must(job.state === "failed", log);
        return why(log);
      },
    ),
    row("docker rm -f of its own helper, with artifacts to come", "the job ends with the reason", async ({ agent }) => {
      const { job, log } = await agent.run(
        {
          ...docker([
            "echo x >x; docker rm -f $(docker ps -q --filter label=com.gitlab.gitlab-runner.job.id=$CI_JOB_ID --filter label=com.gitlab.gitlab-runner.type=predefined)",
          ]),
          artifacts: ["x"],
        },
        "socket",
      );
      must(job.finished, log);
      return `${job.state}: ${why(log)}`;
    }),
    row(
      "docker rm -f of another job's build container, through the socket",
      "possible by design: that job fails with the reason, and the agent goes on",
      async ({ agent }) => {
        const victim = await agent.start({ script: ["echo works; sleep 100"] });
        await agent.shows(victim, "\nworks\n");
        const attack = await agent.run(
          docker([
            `docker rm -f $(docker ps -q --filter label=com.gitlab.gitlab-runner.job.id=${victim.id} --filter label=dev.longshore.agent=${agent.agentId} --filter label=com.gitlab.gitlab-runner.type=build)`,
          ]),
          "socket",
        );
        must(attack.job.state === "success", attack.log);
        const { job, log } = await agent.ended(victim);
        must(job.state === "failed", log);
        return why(log);
      },
    ),
    row(
      "docker run --privileged -v /:/host, through the socket",
      "possible by design: whoever has the socket is root on the host",
      async ({ agent }) => {
        const { job, log } = await agent.run(
          docker([`docker run --rm -v /etc/hostname:/host:ro ${images.base} cat /host`]),
          "socket",
        );
        must(job.state === "success", log);
        return "the host's file is read";
      },
    ),
    row(
      "a service as `docker` that answers every request with an endless body",
      "readiness is asked with a limit on size and time",
      async () => {
        const server = await talker(`10000\r\n${"x".repeat(0x10000)}\r\n`);
        const before = process.memoryUsage().rss;
        const socket = connect(server.port, "127.0.0.1");
        const said = await ping(socket, "docker", null, AbortSignal.timeout(4_000)).then(
          ({ status }) => `status ${status}`,
          (error: unknown) => (error as Error).message,
        );
        server.close();
        const grown = Math.round((process.memoryUsage().rss - before) / 2 ** 20);
        must(/longer than/.test(said) && grown < 200, `${said}, ${grown} MiB`);
        return said;
      },
    ),
    row(
      "a service on the alias docker that is no daemon, and DOCKER_HOST at it",
      "the job's own docker fails, the agent's does not",
      async ({ agent }) => {
        const { job, log } = await agent.run({
          ...docker(["docker version"]),
          parts: {
            services: [{ name: images.python, alias: "docker", command: ["python3", "-m", "http.server", "2375"] }],
          },
          variables: { DOCKER_HOST: "tcp://docker:2375" },
        });
        must(job.state === "failed", log);
        return why(log);
      },
    ),
    row(
      "somebody removes a running build container from outside",
      "the job fails as a system failure, within seconds",
      async ({ agent }) => {
        const job = await agent.start({ script: ["echo works; sleep 100"] });
        await agent.shows(job, "\nworks\n");
        const [id = ""] = await containersOf(agent.engine, agent.agentId, job.id, "build");
        await killContainer(agent.engine, id);
        const { log } = await agent.ended(job);
        must(job.state === "failed", log);
        return `${job.failureReason}: ${why(log)}`;
      },
    ),
  ],
};
