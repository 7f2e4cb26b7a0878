import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JobParts } from "../../../src/coordinator/embedded/job-record.ts";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { connectEngine, images, objectsOf } from "../../support/engine.ts";
import { type NarrowUplink, startNarrowUplink, uplinkMtu } from "./mtu/narrow-uplink.ts";

const cleanup = new AsyncDisposableStack();
let uplink: NarrowUplink;
let coordinator: TestCoordinator;
let agent: TestAgent;

beforeAll(async () => {
  uplink = cleanup.use(await startNarrowUplink());
  coordinator = cleanup.use(await startTestCoordinator());
  const there = { host: uplink.host, image: images.docker, helperImage: images.docker };
  cleanup.defer(async () => {
    const { containers, networks, volumes } = await objectsOf(connectEngine(uplink.host), agent.agentId);
    expect([containers, networks, volumes]).toEqual([[], [], []]);
  });
  agent = await startTestAgent({
    coordinator,
    runners: [
      { tag: "service", ...there, docker: "privileged = true" },
      { tag: "sidecar", ...there, docker: `[runners.docker.daemon]\nwiring = "dind"\nimage = "${images.dind}"` },
    ],
  });
  cleanup.use(agent);
});

afterAll(() => cleanup.disposeAsync());

/** Prints how many bytes came, and the exit code: that of the limit when no more had come for long. */
const download = [
  "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | {",
  "/bin/busybox timeout 20 /usr/bin/openssl s_client -quiet -verify_return_error -CAfile ca.pem -connect $SERVER:443",
  "2>/dev/null; echo $? >code; } | /bin/busybox wc -c; /bin/busybox cat code",
].join(" ");
const ended = 0;
const endedByLimit = 143;
const script = [
  'mkdir client; echo "$AUTHORITY" >ca.pem; cp ca.pem client/',
  "cp -L --parents /bin/busybox /usr/bin/openssl $(ldd /usr/bin/openssl | grep -o '/[^ ]*') client/",
  "printf 'FROM scratch\\nCOPY client /\\n' >Dockerfile; docker build -q -t client . >/dev/null",
  `cat >script <<'end'\n${download}\nend`,
  "echo beside the daemon: $(sh script)",
  "echo inside the daemon: $(docker run --rm -i -e SERVER client /bin/busybox sh <script)",
];

const dind = { name: images.dind, alias: "docker", command: ["--tls=false"] };
/** A job with a dind, which doesn't wait before it listens, with help or without. */
const withService: JobParts = { services: [dind] };

async function run(tag: string, parts: JobParts = {}, variables: Readonly<Record<string, string>> = {}) {
  const own = { SERVER: uplink.server, AUTHORITY: uplink.authority };
  const { job, log } = await agent.run({ script, parts, variables: { ...own, ...variables } }, tag);
  expect([job.state, log]).toEqual(["success", log]);
  const result = (where: string) => {
    const [, bytes, code] = new RegExp(`^${where} the daemon: (\\d+) (\\d+)$`, "m").exec(log) ?? [];
    return { isWhole: Number(bytes) > uplink.size, code: Number(code) };
  };
  return { log, beside: result("beside"), inside: result("inside") };
}

describe("on a host whose uplink loses large packets, a download of 20 MB over TLS inside a container of a dind", () => {
  it("succeeds in a job that brings its own dind", async () => {
    const { log, beside, inside } = await run("service", withService, { DOCKER_TLS_CERTDIR: "" });
    expect(beside).toEqual({ isWhole: true, code: ended });
    expect(inside).toEqual({ isWhole: true, code: ended });
    expect(log).toContain(`--mtu=${uplinkMtu}`);
  });

  it("hangs in such a job that is left alone, though the job itself can download", async () => {
    const off = { DOCKER_TLS_CERTDIR: "", LONGSHORE_DIND_AUTOWIRE: "false" };
    const { log, beside, inside } = await run("service", withService, off);
    expect(beside).toEqual({ isWhole: true, code: ended });
    expect(inside).toEqual({ isWhole: false, code: endedByLimit });
    expect(log).not.toContain("--mtu");
  });

  it("succeeds with the runner's sidecar", async () => {
    expect((await run("sidecar")).inside).toEqual({ isWhole: true, code: ended });
  });
});
