import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectEngine, containersOf, execute, images } from "../../support/engine.ts";
import { sharedAgent } from "../../support/shared-agent.ts";

const network = `longshore-test-${randomBytes(4).toString("hex")}`;
const mtu = 1300;
const engine = connectEngine();
const docker = `network_mode = "${network}"\nservices_privileged = true\n`;
const { agent } = sharedAgent({
  concurrent: 2,
  runners: [
    { tag: "own", docker },
    { tag: "sidecar", docker: `${docker}[runners.docker.daemon]\nwiring = "dind"\nimage = "${images.dind}"\n` },
  ],
});

beforeAll(async () => {
  const options = { "com.docker.network.driver.mtu": String(mtu) };
  await engine.createNetwork({ Name: network, Driver: "bridge", Options: options });
});
afterAll(() => engine.getNetwork(network).remove());

/** Each asks many times, once the other's daemon is there, too. */
const script = [
  "docker volume create of-$CI_JOB_ID >/dev/null",
  "echo look now; until [ -e /looked ]; do sleep 0.1; done",
  "for n in 1 2 3 4 5 6 7 8; do docker volume ls -q; done | sort | uniq -c | sed 's/^ */seen /'",
  "docker network inspect bridge --format 'mtu {{index .Options \"com.docker.network.driver.mtu\"}}'",
];

test.each([
  ["own", [{ name: images.dind }]],
  ["sidecar", []],
])("two jobs at once on a network that is there already have a daemon each (%s)", async (tag, services) => {
  const job = { image: images.docker, services, script };
  const started = await Promise.all([agent().start(job, tag), agent().start(job, tag)]);
  await Promise.all(started.map((each) => agent().shows(each, "\nlook now\n")));
  for (const { id } of started) {
    const [container = ""] = await containersOf(engine, agent().agentId, id, "build");
    await execute(engine, container, "touch", "/looked");
  }
  const ended = await Promise.all(started.map((each) => agent().ended(each)));
  for (const { job: each, log } of ended) {
    expect(each.state).toBe("success");
    expect(log.match(/^seen .*$/gm)).toEqual([`seen 8 of-${each.id}`]);
    expect(log).toContain(`\nmtu ${mtu}\n`);
  }
  for (const { job: each } of ended) await agent().cleanedUp(each);
});
