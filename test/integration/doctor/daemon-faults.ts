import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { issueDaemonCertificates } from "../../../src/daemon/certificates.ts";
import { agentLabel, bootLabel } from "../../../src/job/labels.ts";
import { connectEngine, engineHost, images } from "../../support/engine.ts";
import { startTcpFront } from "../../support/tcp-front.ts";
import { type Fault, quoted } from "./fault.ts";
import { hangingDaemon } from "./sick-servers.ts";

/** Faults of the way to the daemon that runs the jobs. */
export const connectionFaults: readonly Fault[] = [
  {
    title: "a socket that is not there",
    put: ({ directory }) => ({
      docker: { host: quoted(`unix://${directory}/nowhere.sock`) },
      check: "daemon",
      verdict: "fail",
      finding: /can't be used: .*ENOENT/,
      fix: /host = "unix:|systemctl start docker/,
    }),
  },
  {
    title: "a port that nobody listens on",
    put: () => ({
      docker: { host: '"tcp://127.0.0.1:9"' },
      check: "daemon",
      verdict: "fail",
      finding: /ECONNREFUSED/,
      fix: /start the daemon with -H tcp:\/\/127\.0\.0\.1:9/,
    }),
  },
  {
    title: "a daemon without TLS that TLS is asked of",
    put: async ({ directory }, undo) => {
      const front = undo.use(await startTcpFront("127.0.0.1", engineHost.replace("unix://", "")));
      const { client } = await issueDaemonCertificates(["127.0.0.1"], Date.now(), 600_000);
      for (const [name, text] of Object.entries({ ca: client.ca, cert: client.cert, key: client.key }))
        await writeFile(join(directory, `${name}.pem`), text);
      return {
        docker: { host: quoted(front.address), tls_verify: "true", tls_cert_path: quoted(directory) },
        check: "daemon",
        verdict: "fail",
        finding: /can't be used/,
        fix: /tls_verify = false/,
      };
    },
  },
  {
    title: "certificates that are not there",
    put: ({ directory }) => ({
      docker: { host: '"tcp://127.0.0.1:9"', tls_verify: "true", tls_cert_path: quoted(join(directory, "none")) },
      check: "daemon",
      verdict: "fail",
      finding: /none\/ca\.pem/,
      fix: /tls_cert_path/,
    }),
  },
  {
    title: "a daemon that hangs",
    waits: true,
    put: async ({ directory }, undo) => {
      const path = join(directory, "hanging.sock");
      undo.use(await hangingDaemon(path));
      return {
        docker: { host: quoted(`unix://${path}`) },
        check: "daemon",
        verdict: "fail",
        finding: /gives no answer/,
        fix: /systemctl restart docker/,
      };
    },
  },
];

const withoutImages = ["helper-image", "registry"];

/** Faults of that daemon and of its host. */
export const daemonFaults: readonly Fault[] = [
  {
    title: "the storage driver vfs",
    put: ({ poor }) => ({
      docker: { host: quoted(poor.host) },
      check: "storage-driver",
      verdict: "warn",
      finding: /vfs/,
      fix: /"storage-driver": "overlay2"/,
      also: ["address-pools", ...withoutImages],
      exitCode: 1,
    }),
  },
  {
    title: "that no address pool is left",
    put: ({ poor }) => ({
      docker: { host: quoted(poor.host) },
      check: "address-pools",
      verdict: "fail",
      finding: /no address pool is left/,
      fix: /default-address-pools/,
      also: ["storage-driver", ...withoutImages],
    }),
  },
  {
    title: "a disk that is nearly full",
    put: ({ narrow }) => ({
      docker: { host: quoted(narrow.host), image: quoted(images.helper) },
      check: "disk",
      verdict: "warn",
      finding: /only [\d.]+ GiB/,
      fix: /docker system prune/,
      also: ["mtu"],
    }),
  },
  {
    title: "a default bridge wider than the uplink",
    put: ({ narrow }) => ({
      docker: { host: quoted(narrow.host), image: quoted(images.helper) },
      check: "mtu",
      verdict: "warn",
      finding: /default bridge has MTU 1500, and the uplink/,
      fix: /"mtu": \d+/,
      also: ["disk"],
    }),
  },
  {
    title: "jobs' networks wider than the uplink",
    put: ({ narrow }) => ({
      docker: { host: quoted(narrow.host), image: quoted(images.helper), network_mtu: "1500" },
      check: "mtu",
      verdict: "fail",
      finding: /job's network has MTU 1500, and the uplink of the daemon's host \d+/,
      fix: /network_mtu = \d+/,
      also: ["disk"],
    }),
  },
  {
    title: "what a dead agent left behind",
    put: async ({ agentId }, undo) => {
      const name = `longshore-test-left-${agentId}`;
      const engine = connectEngine();
      await engine.createVolume({ Name: name, Labels: { [agentLabel]: agentId, [bootLabel]: "deadboot0000" } });
      undo.defer(() => engine.getVolume(name).remove());
      return {
        check: "leftovers",
        verdict: "warn",
        finding: /0 containers, 0 networks, 1 volumes/,
        fix: /docker volume rm .*dev\.longshore\.boot=deadboot0000/,
      };
    },
  },
];
