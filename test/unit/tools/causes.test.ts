import { describe as group, expect, test } from "vitest";
import { explain } from "../../../tools/bootstrap/causes.mjs";
import { BootstrapFailure, describe } from "../../../tools/bootstrap/failure.mjs";

group("what apt, npm and dockerd say becomes a cause and a fix", () => {
  test.each([
    ["apt", "E: Write error - write (28: No space left on device)", /disk is full/, /df -h/],
    [
      "apt",
      "E: You don't have enough free space in /var/cache/apt/archives/. not have enough free space",
      /disk is full/,
      /free/,
    ],
    [
      "apt",
      "Err:1 http://mirror bookworm InRelease\n  Temporary failure resolving 'mirror'",
      /cannot be resolved/,
      /resolv\.conf/,
    ],
    [
      "apt",
      "W: Failed to fetch ...  Could not connect to mirror:80 (192.0.2.1). - connect (111: Connection refused)",
      /does not answer/,
      /http_proxy/,
    ],
    [
      "apt",
      "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 4242 (apt-get)",
      /another program/,
      /wait/,
    ],
    [
      "apt",
      "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.",
      /interrupted/,
      /dpkg --configure/,
    ],
    ["apt", "E: The repository 'http://mirror bookworm InRelease' is not signed.", /signature/, /key/],
    ["apt", "E: Unable to locate package docker.io", /do not have a package/, /universe/],
    [
      "apt",
      " docker.io : Conflicts: docker-ce\nE: Unable to correct problems",
      /conflicts with Docker's own/,
      /DOCKER_HOST/,
    ],
    ["npm", "npm error code ENOSPC\nnpm error nospc ENOSPC: no space left on device, write", /disk is full/, /df -h/],
    [
      "npm",
      "npm error code ENOTFOUND\nnpm error network request to https://registry failed",
      /cannot be reached/,
      /proxy/,
    ],
    ["npm", "npm error code ECONNREFUSED", /cannot be reached/, /registry/],
    [
      "npm",
      "npm error code EBADENGINE\nnpm error engine Unsupported engine",
      /a Node that the project/,
      /\.cache\/node/,
    ],
    [
      "npm",
      "npm error code E404\nnpm error 404 Not Found - GET https://registry/x",
      /does not have a version/,
      /registry/,
    ],
    [
      "npm",
      "npm error code ETARGET\nnpm error notarget No matching version found",
      /does not have a version/,
      /registry/,
    ],
    ["npm", "npm error code EINTEGRITY", /checksum/, /cache clean/],
    ["npm", "npm error code SELF_SIGNED_CERT_IN_CHAIN", /not trusted/, /NODE_EXTRA_CA_CERTS/],
    ["npm", "npm error code E401", /refuses/, /npmrc/],
    [
      "npm",
      "npm error code EUSAGE\nnpm error `npm ci` can only install packages when in sync",
      /do not agree/,
      /package-lock-only/,
    ],
    ["npm", "npm error code EACCES\nnpm error syscall mkdir", /may not write/, /chown/],
    ["dockerd", "failed to start daemon: mkdir /x/overlay2: no space left on device", /disk is full/, /purge/],
    [
      "dockerd",
      "failed to load listeners: listen unix /x/docker.sock: bind: address already in use",
      /is taken/,
      /engine -- stop/,
    ],
    [
      "dockerd",
      "failed to start daemon: pid file found, ensure docker is not running or delete /x/docker.pid",
      /another dockerd/,
      /stop/,
    ],
    [
      "dockerd",
      "Error initializing network controller: failed to create NAT chain DOCKER: iptables failed",
      /network/,
      /DOCKER_HOST/,
    ],
    ["dockerd", "failed to start daemon: Devices cgroup isn't mounted", /cgroup/, /cgroupfs-mount/],
    ["dockerd", "failed to start daemon: mount: operation not permitted", /kernel refuses/, /root/],
    [
      "image",
      "E: Failed to fetch http://mirror/pool/x.deb  Could not connect to mirror:80",
      /does not answer/,
      /mirror/,
    ],
    [
      "image",
      "E: Failed getting release file http://mirror/debian/dists/bookworm/Release",
      /does not answer/,
      /mirror/,
    ],
  ])("%s: %s", (program, output, what, fix) => {
    const failure = explain(program, "this step", output);
    expect(failure).toBeInstanceOf(BootstrapFailure);
    expect(failure.message).toMatch(/^this step failed: /);
    expect(failure.message).toMatch(what);
    expect(failure.fix).toMatch(fix);
  });

  test("what nobody foresaw shows its last 15 lines", () => {
    const output = Array.from({ length: 40 }, (_, line) => `line ${line}`).join("\n");
    const failure = explain("apt", "apt-get install", output);
    expect(failure.message).toBe("apt-get install failed");
    expect(failure.evidence).toEqual(output.split("\n").slice(-15));
    expect(describe(failure)).toMatch(/^error: apt-get install failed\n {2}\| line 25\n[^]*\nfix: /);
  });
});
