// The stand-ins for the official docker:dind and docker:cli images keep those images' contract, and privileged
// containers start on this machine, also in containers.
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  createNetwork,
  createVolume,
  finish,
  images,
  leftovers,
  removeEverything,
  run,
  start,
} from "./engine-under-test.ts";

const name = `longshore-engine-${process.pid}`;
const imageNamed = (key: string) => images[key] ?? expect.unreachable(`.cache/images.json has no ${key}`);
const untilItAnswers = "for i in $(seq 300); do docker version >/dev/null 2>&1 && break; sleep 0.1; done";
// Nothing can be pulled inside: a root file system of one static program is image enough.
const nested =
  "mkdir /box && cp /bin/busybox /box && tar -C /box -c . | docker import - box >/dev/null && docker run --rm --privileged box /busybox echo nested works";

async function startDaemon({ env = [], command = [] }: { env?: string[]; command?: string[] } = {}) {
  const data = await createVolume(`${name}-data`);
  const mounts = [`${data}:/var/lib/docker`, `${name}-certs:/certs`];
  return start({ image: imageNamed("dind"), command, env, mounts, network: name, alias: "docker", privileged: true });
}

async function asClient(script: string, { certificates = true } = {}) {
  const mounts = certificates ? [`${name}-certs:/certs:ro`] : [];
  return run({ image: imageNamed("docker"), command: ["sh", "-c", script], mounts, network: name, alias: "client" });
}

beforeEach(async () => {
  await removeEverything();
  await createNetwork(name);
  await createVolume(`${name}-certs`);
});
afterEach(removeEverything);

test("TLS on 2376 is the default, arguments go to dockerd, and a privileged container runs inside", async () => {
  await startDaemon({ env: ["DOCKER_TLS_SAN=DNS:elsewhere"], command: ["--mtu", "1234"] });
  const { output, code } = await asClient(
    [
      // The client certificates come into being while the client is already there.
      "for i in $(seq 300); do [ -s /certs/client/key.pem ] && [ -s /certs/client/cert.pem ] && break; sleep 0.1; done",
      "unset DOCKER_HOST", // the entrypoint's first choice, made without certificates
      "exec docker-entrypoint.sh sh -ec '",
      untilItAnswers,
      'echo "$DOCKER_HOST $DOCKER_TLS_VERIFY $DOCKER_CERT_PATH"',
      'docker info --format "{{.Driver}} {{.DefaultRuntime}}"',
      "docker network inspect bridge | grep mtu",
      nested,
      "openssl x509 -in /certs/server/cert.pem -noout -ext subjectAltName",
      "curl -sS http://docker:2375/_ping || true",
      "'",
    ].join("\n"),
  );
  expect(output).toContain("tcp://docker:2376 1 /certs/client");
  expect(output).toContain("overlay2 runc");
  expect(output).toMatch(/mtu": "1234"/);
  expect(output).toContain("nested works");
  // Sorted, with the container's random host name somewhere between.
  for (const one of ["docker", "elsewhere", "localhost"]) expect(output).toMatch(new RegExp(`DNS:${one}\\b`));
  expect(output).toMatch(/Failed to connect to docker port 2375/);
  expect(code).toBe(0);
});

test("with DOCKER_TLS_CERTDIR empty it is plain TCP on 2375, and as slow to start as the official image", async () => {
  const began = Date.now();
  await startDaemon({ env: ["DOCKER_TLS_CERTDIR="] });
  const { output, code } = await asClient(`${untilItAnswers}\necho "$DOCKER_HOST"; docker info --format {{.Driver}}`, {
    certificates: false,
  });
  expect(output).toContain("tcp://docker:2375\noverlay2");
  expect(code).toBe(0);
  expect(Date.now() - began).toBeGreaterThan(14_000);
});

// Elliptic keys, as the agent makes them. $1: the names for which the server's certificate is good; $2: its signer.
const makeCertificates = `
set -e
mkdir -p /certs/server /certs/client /ca && cd /ca
new() { openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "$@" 2>/dev/null; }
for one in ours other; do new -x509 -keyout $one.key -out $one.pem -subj /CN=$one -days 2; done
sign() { openssl x509 -req -in $1.csr -CA $3.pem -CAkey $3.key -CAcreateserial -days 2 -extfile ext -out /certs/$1/cert.pem 2>/dev/null; }
for one in server client; do
  new -keyout /certs/$one/key.pem -out $one.csr -subj /CN=$one
  printf 'subjectAltName=DNS:docker\\nextendedKeyUsage=%sAuth\\n' $one >ext
  sign $one "" $SIGNER
  cp ours.pem /certs/$one/ca.pem
done
openssl x509 -in /certs/server/cert.pem -noout -fingerprint`;

const makeThem = (signer: string) =>
  run({
    image: imageNamed("docker"),
    command: ["sh", "-c", makeCertificates],
    env: [`SIGNER=${signer}`],
    mounts: [`${name}-certs:/certs`],
  });

test("a server certificate that is there without its authority's key is used as it is", async () => {
  const made = await makeThem("ours");
  expect(made.output).toMatch(/Fingerprint=/);
  await startDaemon();
  const { output, code } = await asClient(
    `${untilItAnswers}\nls /certs; openssl s_client -connect docker:2376 </dev/null 2>/dev/null | openssl x509 -noout -fingerprint; docker version --format {{.Server.Os}}`,
  );
  expect(output).toContain(made.output.trim());
  expect(output).not.toMatch(/\bca\b/);
  expect(output).toContain("linux");
  expect(code).toBe(0);
});

test("one that its authority has not signed is refused", async () => {
  await makeThem("other");
  const { code, output } = await finish(await startDaemon());
  expect(output).toMatch(/verification failed/);
  expect(code).not.toBe(0);
});

test("other commands run as they are, those of docker under docker", async () => {
  await expect(run({ image: imageNamed("dind"), command: ["echo", "as it is"] })).resolves.toEqual({
    code: 0,
    output: "as it is\n",
  });
  const version = await run({ image: imageNamed("docker"), command: ["--version"] });
  expect(version.output).toMatch(/^Docker version /);
});

test("privileged containers start, whatever this kernel grants", async () => {
  const command = ["grep", "CapBnd", "/proc/self/status"];
  const privileged = await run({ image: imageNamed("tiny"), command, privileged: true });
  expect(privileged).toMatchObject({ code: 0, output: expect.stringMatching(/^CapBnd:/) });
  await expect(run({ image: imageNamed("tiny"), command, capabilities: ["ALL"] })).resolves.toMatchObject({ code: 0 });
});

test("nothing of all this is left", async () => {
  await removeEverything();
  await expect(leftovers()).resolves.toEqual({ containers: [], networks: [], volumes: [] });
});
