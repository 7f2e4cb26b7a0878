// The main job before your eyes: an agent registers with the embedded coordinator and runs a real pipeline in real
// containers, once for each way in which a job can reach a Docker daemon.
import { spawn } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDaemonAddress } from "../src/daemon/address.ts";
import { readDockerCertificates } from "../src/daemon/certificate-files.ts";
import { connectDocker } from "../src/daemon/connect.ts";
import { localUplinkMtu, smallMtu } from "../src/daemon/network-mtu.ts";
import { type RemoteDaemon, startRemoteDaemon } from "./remote-daemon.ts";

const root = join(import.meta.dirname, "..");
const host = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
const tlsVerify = Boolean(process.env["DOCKER_TLS_VERIFY"]);
const certPath = process.env["DOCKER_CERT_PATH"] ?? "";
const images = JSON.parse(await readFile(join(root, ".cache", "images.json"), "utf8")) as Record<string, string>;
const image = (key: string): string => images[key] ?? key;

interface Case {
  readonly wiring: string;
  readonly title: string;
  /** Lines of [runners.docker] and its daemon table. */
  readonly docker: readonly string[];
}

const ownDaemon = [`host = "${host}"`, `tls_verify = ${tlsVerify}`, `tls_cert_path = "${certPath}"`];

function cases(remote: RemoteDaemon): Case[] {
  return [
    {
      wiring: "socket",
      title: "the daemon's own socket",
      docker: [...ownDaemon, "[runners.docker.daemon]", 'wiring = "socket"'],
    },
    {
      wiring: "dind",
      title: "a daemon of the job's own beside it (TLS)",
      docker: [...ownDaemon, "[runners.docker.daemon]", 'wiring = "dind"', `image = "${image("dind")}"`],
    },
    {
      wiring: "tcp",
      title: `a daemon elsewhere, ${remote.host} (TLS)`,
      docker: [
        `host = "${remote.host}"`,
        "tls_verify = true",
        `tls_cert_path = "${remote.certificates}"`,
        "[runners.docker.daemon]",
        'wiring = "tcp"',
      ],
    },
  ];
}

async function runPipeline(work: string, { wiring, title, docker }: Case): Promise<boolean> {
  console.log(`\n━━━ wiring "${wiring}": ${title}\n`);
  const directory = join(work, wiring);
  await cp(join(root, "demo", "project"), directory, { recursive: true });
  const [host = "", verify = "", certs = "", ...daemon] = docker;
  const template = join(work, `${wiring}.toml`);
  await writeFile(
    template,
    [
      "[[runners]]",
      `name = "demo-${wiring}"`,
      'executor = "docker"',
      // Where jobs' files lie on this host, in the wirings in which they do.
      ...(wiring === "dind" ? [] : [`builds_dir = "${join(work, "builds")}"`]),
      "[runners.docker]",
      host,
      verify,
      certs,
      `image = "${image("docker")}"`,
      `helper_image = "${image("helper")}"`,
      'pull_policy = "if-not-present"',
      ...daemon,
      "",
    ].join("\n"),
  );
  const child = spawn(
    join(root, "bin", "longshore"),
    ["exec", "--template-config", template, "--state-dir", join(work, "state")],
    {
      cwd: directory,
      stdio: "inherit",
    },
  );
  const code = await new Promise((resolve) => child.once("close", resolve));
  return code === 0;
}

/** The projects were temporary, so nobody will ever want their caches. */
async function forgetCaches(): Promise<void> {
  const agents = (await readdir(join(work, "state"))).filter((name) => name !== "exec");
  for (const agent of agents) {
    const { Volumes } = await engine.listVolumes({ filters: { label: [`dev.longshore.agent=${agent}`] } });
    for (const volume of Volumes ?? []) await engine.getVolume(volume.Name).remove();
  }
}

const address = parseDaemonAddress(host, tlsVerify);
const engine = connectDocker(address, tlsVerify ? await readDockerCertificates(certPath) : null);
const work = await mkdtemp(join(tmpdir(), "longshore-demo-"));
const began = Date.now();
console.log('Starting the Docker daemon "elsewhere" of the third pipeline ...');
const remote = await startRemoteDaemon({
  engine,
  name: "longshore-demo-dind",
  dindImage: image("dind"),
  images: [image("helper"), image("docker")],
  directory: work,
  mtu: smallMtu(await localUplinkMtu()),
});
const results: { wiring: string; passed: boolean; seconds: number }[] = [];
try {
  for (const entry of cases(remote)) {
    const start = Date.now();
    const passed = await runPipeline(work, entry);
    results.push({ wiring: entry.wiring, passed, seconds: (Date.now() - start) / 1000 });
  }
} finally {
  await forgetCaches();
  await remote.stop();
  await rm(work, { recursive: true, force: true });
}
console.log("\n━━━ summary");
for (const { wiring, passed, seconds } of results) {
  console.log(`  ${wiring.padEnd(7)} ${passed ? "passed" : "FAILED"}  ${seconds.toFixed(1)} s`);
}
console.log(`  in all ${((Date.now() - began) / 1000).toFixed(1)} s`);
process.exitCode = results.every((result) => result.passed) ? 0 : 1;
