import { afterAll, beforeAll, expect, test } from "vitest";
import { type BuiltImage, buildImage } from "../../support/built-image.ts";
import { connectEngine, images } from "../../support/engine.ts";
import { sharedAgent } from "../../support/shared-agent.ts";

const { agent } = sharedAgent({ concurrent: 2, runners: [{ tag: "own", docker: "services_privileged = true" }] });

/** On a kernel that has only the legacy interface of its firewall, as the daemon of this dind puts it. */
const entrypoint = `#!/bin/sh
if [ "\${DOCKER_IPTABLES_LEGACY:-}" != 1 ]; then
  echo "iptables v1.8.9 (nf_tables): can't initialize iptables table \\\`nat': Table does not exist (do you need to insmod?)" >&2
  exit 1
fi
exec real-entrypoint.sh "$@"
`;
let misfit: BuiltImage;

beforeAll(async () => {
  misfit = await buildImage(
    connectEngine(),
    `FROM ${images.dind}\nRUN cd /usr/local/bin && mv dockerd-entrypoint.sh real-entrypoint.sh\n` +
      "COPY entrypoint /usr/local/bin/dockerd-entrypoint.sh\nRUN chmod 755 /usr/local/bin/dockerd-entrypoint.sh\n",
    { entrypoint },
  );
});
afterAll(() => misfit[Symbol.asyncDispose]());

const script = ["docker info --format 'driver {{.Driver}}'"];
const job = (name: string, more: object = {}) => ({
  image: images.docker,
  services: [{ name, alias: "docker", ...more }],
  script,
});

test("a dind whose iptables doesn't fit the kernel is started once more with the other interface, and the next one at once", async () => {
  const first = await agent().run(job(misfit.name), "own");
  expect(first.job.state).toBe("success");
  expect(first.log).toContain('it is started again with DOCKER_IPTABLES_LEGACY="1"');
  const next = await agent().run(job(misfit.name), "own");
  expect(next.job.state).toBe("success");
  expect(next.log).not.toContain("is started again");
  await agent().cleanedUp(next.job);
});

test("what the job says of the interface stands, and its daemon ends the job", async () => {
  const variables = [{ key: "DOCKER_IPTABLES_LEGACY", value: "", public: true }];
  const { job: ended, log } = await agent().run({ ...job(misfit.name), parts: { variables } }, "own");
  expect(ended.state).toBe("failed");
  expect(log).toMatch(/did not start: it ended with exit code 1/);
  expect(log).not.toContain("is started again");
});

test("a daemon that copies whole layers is warned of, and works", async () => {
  const { job: ended, log } = await agent().run(job(images.dind, { command: ["--storage-driver=vfs"] }), "own");
  expect(ended.state).toBe("success");
  expect(log).toContain("\ndriver vfs\n");
  expect(log).toMatch(/WARNING: .*uses the storage driver vfs/);
});
