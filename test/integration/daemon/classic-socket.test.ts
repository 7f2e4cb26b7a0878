import { randomBytes } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { connectEngine, engineHost, images } from "../../support/engine.ts";
import { sharedAgent } from "../../support/shared-agent.ts";

const socket = engineHost.replace("unix://", "");
const unique = `longshore-test-${randomBytes(4).toString("hex")}`;
const network = unique;
const web = `${unique}-web`;
const volumes = (destination: string) => `volumes = ["${socket}:${destination}"]`;
const { agent } = sharedAgent({
  concurrent: 2,
  runners: [
    { tag: "classic", hostBuilds: true, docker: volumes("/var/run/docker.sock") },
    { tag: "run", hostBuilds: true, docker: volumes("/run/docker.sock") },
  ],
});

// A job that fails on its way leaves what it started.
afterAll(() =>
  connectEngine()
    .getContainer(web)
    .remove({ force: true })
    .catch(() => {}),
);

const asOther = {
  parts: { image: { name: images.docker, executor_opts: { docker: { user: "1234:1234" } } } },
};
const setting = (key: string, value: string) => ({ variables: [{ key, value, public: true }] });

describe.concurrent("a job under a classic socket volume", () => {
  it("shows its files in the containers that it starts, however they are mounted, and says where they are", async () => {
    const script = [
      "mkdir -p conf && echo mounted content >conf/file",
      `docker run --rm -v "$CI_PROJECT_DIR":/src ${images.base} cat /src/conf/file`,
      `docker run --rm --mount type=bind,source="$PWD"/conf,target=/conf,readonly ${images.base} cat /conf/file`,
      // As Compose makes a relative path absolute.
      `cd conf && docker create --name ${unique}-relative -v "$(realpath .)":/conf:ro ${images.base} cat /conf/file`,
      `docker start -a ${unique}-relative; docker rm ${unique}-relative >/dev/null`,
    ];
    const { job, log } = await agent().run({ image: images.docker, script }, "classic");
    expect(job.state).toBe("success");
    expect(log.match(/^mounted content$/gm)).toHaveLength(3);
    const lines = log.split("\n").filter((line) => line.includes("LONGSHORE_DIND_AUTOWIRE"));
    expect(lines).toEqual([expect.stringContaining(`${agent().directory}/builds`)]);
  });

  it.each(["classic", "run"])("may use it whoever its user is (%s)", async (tag) => {
    const script = ["id -u", "docker version --format 'server {{.Server.Version}}'", "touch of-$(id -u)"];
    const { job, log } = await agent().run({ ...asOther, script }, tag);
    expect(log).toContain("\n1234\n");
    expect(log).toMatch(/^server \d+/m);
    expect(job.state).toBe("success");
  });

  it("keeps the Compose project that its directory gives, and what it deployed stays", async () => {
    const label = "--label com.docker.compose.project=${COMPOSE_PROJECT_NAME:-$(basename $PWD)}";
    const script = [`docker network create ${label} ${network} >/dev/null`, "echo ${COMPOSE_PROJECT_NAME:-none}"];
    const { job, log } = await agent().run({ image: images.docker, script }, "classic");
    expect(log).toContain("\nnone\n");
    await agent().report(job);
    await connectEngine().getNetwork(network).remove();
  });

  it("tells Testcontainers where the socket and the published ports are", async () => {
    const script = [
      "echo socket $TESTCONTAINERS_DOCKER_SOCKET_OVERRIDE",
      `docker run -d --rm -p 80 --name ${web} ${images.base} perl -MIO::Socket -e '$s=IO::Socket::INET->new(Listen=>5,LocalPort=>80)||die;while($c=$s->accept){print $c "published\\n";close $c}' >/dev/null`,
      `port=$(docker port ${web} 80/tcp | sed -n '1s/.*://p')`,
      'until exec 3<>"/dev/tcp/$TESTCONTAINERS_HOST_OVERRIDE/$port" && read answer <&3 && [ -n "$answer" ]; do sleep 0.1; done 2>/dev/null',
      `docker rm -f ${web} >/dev/null; echo it is $answer`,
    ];
    const parts = { image: { name: images.docker, entrypoint: [""] } };
    const { job, log } = await agent().run({ script, parts }, "classic");
    expect(job.state).toBe("success");
    expect(log).toContain(`\nsocket ${socket}\n`);
    expect(log).toContain("\nit is published\n");
  });

  it("is left alone with LONGSHORE_DIND_AUTOWIRE=false", async () => {
    const script = ["id -G; env | grep -c TESTCONTAINERS || true", "echo content >file", 'ls "$CI_PROJECT_DIR"'];
    const parts = { ...asOther.parts, ...setting("LONGSHORE_DIND_AUTOWIRE", "false") };
    const { job, log } = await agent().run({ script, parts }, "classic");
    expect(job.state).toBe("success");
    expect(log).toContain("\n1234\n0\n");
    expect(log).not.toContain("Docker socket of its host");
    await agent().cleanedUp(job);
  });
});
