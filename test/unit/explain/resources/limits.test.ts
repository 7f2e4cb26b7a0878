import { describe, expect, it } from "vitest";
import { serviceEvidence } from "../../../support/evidence.ts";
import { dind, explained, onSidecar, onSocket, unprepared } from "./first-finding.ts";

const notStarted = "the Docker daemon of this job (docker:dind) did not start: it ended with exit code 1";

const daemon = "Error response from daemon: ";

/** Recorded: daemons and builders, then programs in many languages. */
const recorded: readonly (readonly [rule: string, line: string])[] = [
  ["daemon-disk-full", "failed to register layer: write /usr/lib/x86_64-linux-gnu/libLLVM.so: no space left on device"],
  ["daemon-disk-full", `docker: ${daemon}mkdir /var/lib/docker/overlay2/4c3/diff: no space left on device.`],
  [
    "daemon-disk-full",
    "failed to register layer: Error processing tar file(exit status 1): write /app/node_modules/x.js: no space left on device",
  ],
  [
    "daemon-disk-full",
    "ERROR: failed to solve: failed to copy: write /var/lib/docker/containerd/ingest/1/data: no space left on device",
  ],
  [
    "daemon-disk-full",
    "ERROR: failed to solve: failed to prepare extraction snapshot: failed to create prepare snapshot dir: no space left on device",
  ],
  [
    "shm-full",
    'ERROR:  could not resize shared memory segment "/PostgreSQL.1234" to 16777216 bytes: No space left on device',
  ],
  [
    "shm-full",
    "[ERROR:platform_shared_memory_region_posix.cc(214)] Creating shared memory in /dev/shm/.org.chromium.Chromium.x failed: No space left on device (28)",
  ],
  ["shm-full", "dd: error writing '/dev/shm/x': No space left on device"],
  ["disk-full", "dd: error writing '/builds/group/project/x': No space left on device"],
  ["disk-full", "cat: write error: No space left on device"],
  ["disk-full", "npm error ENOSPC: no space left on device, write"],
  ["disk-full", "OSError: [Errno 28] No space left on device: '/builds/group/project/x'"],
  ["disk-full", 'Error: Os { code: 28, kind: StorageFull, message: "No space left on device (os error 28)" }'],
  ["disk-full", "java.io.IOException: No space left on device"],
  ["disk-full", "go: writing stat cache: write /root/go/pkg/mod/cache/x.tmp: no space left on device"],
  ["disk-full", "/usr/bin/ld: final link failed: No space left on device"],
  [
    "inotify-limit",
    "Error: ENOSPC: System limit for number of file watchers reached, watch '/builds/group/project/src'",
  ],
  ["inotify-limit", "OSError: [Errno 28] inotify watch limit reached"],
  ["inotify-limit", 'OS file watch limit reached. about ["/src"]'],
  [
    "inotify-limit",
    "System.IO.IOException: The configured user limit (8192) on the number of inotify watches has been reached.",
  ],
  ["inotify-limit", "Failed to watch /src; upper limit on inotify watches reached!"],
  ["inotify-limit", "Error: EMFILE: too many open files, watch '/builds/group/project/src'"],
  [
    "inotify-limit",
    "System.IO.IOException: The configured user limit (128) on the number of inotify instances has been reached, or the per-process limit on the number of open file descriptors has been reached.",
  ],
  ["inotify-limit", "OSError: [Errno 24] inotify instance limit reached"],
  ["inotify-limit", "inotifywait: Couldn't initialize inotify: inotify_init: Too many open files"],
  ["open-files-limit", "sh: eval: line 0: can't open /dev/null: Too many open files"],
  ["open-files-limit", "Error: EMFILE: too many open files, open '/builds/group/project/x'"],
  ["open-files-limit", "OSError: [Errno 24] Too many open files: '/dev/null'"],
  ["open-files-limit", "error: could not read x: Too many open files (os error 24)"],
  ["open-files-limit", "java.net.SocketException: Too many open files"],
  ["open-files-limit", "open /builds/group/project/x: too many open files"],
  ["open-files-limit", "accept tcp [::]:8080: accept4: too many open files"],
  ["process-limit", "sh: can't fork: Resource temporarily unavailable"],
  ["process-limit", "bash: fork: retry: Resource temporarily unavailable"],
  ["process-limit", "sh: 1: Cannot fork"],
  [
    "process-limit",
    "java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory or process/resource limits reached",
  ],
  ["process-limit", "RuntimeError: can't start new thread"],
  ["process-limit", "runtime: failed to create new OS thread (have 5 already; errno=11)"],
  [
    "process-limit",
    "OpenBLAS blas_thread_init: pthread_create failed for thread 1 of 4: Resource temporarily unavailable",
  ],
];

describe("a limit", () => {
  it.each(recorded)("gives %s: %s", (rule, line) => {
    const found = explained(["$ make", "some output", line, "make: *** [Makefile:3: all] Error 1"], onSocket);
    expect(found).toMatchObject({ rule, seen: expect.stringContaining(line.slice(-20)) as string });
    for (const text of [found?.cause, found?.author, found?.admin]) expect(text?.length).toBeLessThanOrEqual(170);
  });

  it.each(recorded)("that an earlier command met, or a test compares, is none of %s: %s", (_, line) => {
    expect(explained(["$ ./fill || true", line, "$ make test", "1 failed"], onSocket)).toBeUndefined();
    expect(explained(`expected: "${line}"`, onSocket)).toBeUndefined();
    expect(explained(`AssertionError: ${line}`, onSocket)).toBeUndefined();
  });

  it.each([
    "✓ reports a full disk (no space left on device) to the user",
    "Error: EAGAIN: resource temporarily unavailable, read",
    "read: Resource temporarily unavailable",
    "error TS2345: too many open files are not assignable",
    "OutOfMemoryError: Java heap space",
    "FATAL: too many connections",
  ])("is told from what only sounds like it: %s", (line) => {
    expect(explained(line, onSocket)).toBeUndefined();
  });
});

describe("a limit in the report of a test", () => {
  it.each([
    ["tee: /dev/full: No space left on device"],
    ["---- storage::rotates stdout ----", "flush: No space left on device (os error 28)", "failures:"],
    ["✔ backs off when EMFILE: too many open files (4ms)"],
    ["#9 0.2 ok 12 - write reports ENOSPC: no space left on device, write"],
    ["    store_test.go:20: write /x: no space left on device"],
    ["tests/test_fork.py::test_cannot_fork[bash: fork: Resource temporarily unavailable] PASSED"],
    ["bash: fork: retry: Resource temporarily unavailable", "ok 1 - guard stops a fork bomb"],
    ["System limit for number of file watchers reached is documented in docs/watch.md"],
    ["db-1     | mkdir: cannot create directory '/x': No space left on device"],
  ])("is none: %s", (...lines) => {
    expect(explained(["$ make check", ...lines, "1 failed"], onSocket)).toBeUndefined();
  });

  it("is one again after it", () => {
    const lines = ["---- a stdout ----", "x", "test result: FAILED.", "tar: write error: No space left on device"];
    expect(explained(["$ make check", ...lines])?.rule).toBe("disk-full");
  });
});

describe("a limit in a container that the job started", () => {
  it("is not the job's container's", () => {
    const said = ["mkdir: cannot create directory '/x': No space left on device", "sh: 1: Cannot fork"];
    expect(explained(["$ docker run app", ...said], onSocket)).toBeUndefined();
    expect(explained(["$ docker run app", "Error: EMFILE: too many open files, open '/x'"])).toBeUndefined();
  });

  it("is one of shared memory there as well", () => {
    const line =
      'db-1  | ERROR:  could not resize shared memory segment "/P.1" to 8388608 bytes: No space left on device';
    expect(explained(["$ docker compose up", line])?.author).toContain("--shm-size");
  });
});

describe("a full disk", () => {
  const remote =
    'psql:x.sql:3: ERROR:  could not resize shared memory segment "/P.1" to 16777216 bytes: No space left on device';

  it("of a database that a client speaks to may be anywhere", () => {
    expect(explained(["$ psql -h db.example.com -f x.sql", remote])).toBeUndefined();
    expect(
      explained(["$ psql -f x.sql", 'ERROR:  could not extend file "base/1": No space left on device']),
    ).toBeUndefined();
    const log = ['ERROR:  could not resize shared memory segment "/P.1" to 8 bytes: No space left on device'];
    const services = [serviceEvidence({ name: "postgres:16", log })];
    expect(explained(["$ psql -h postgres -f x.sql", remote], { services })?.rule).toBe("shm-full");
  });

  it("is the daemon's only in words of docker's or with its path", () => {
    const copied = "failed to copy blob: write /mnt/ram/a.zip: no space left on device";
    expect(explained(["$ docker pull app", copied])?.rule).toBe("daemon-disk-full");
    expect(explained(["$ ./bin/pack", copied])?.rule).toBe("disk-full");
    expect(
      explained(["$ ./bin/pack", "failed to create archive: write /dev/shm/a.zip: no space left on device"])?.rule,
    ).toBe("shm-full");
    expect(explained(["$ ./bin/pack", "write /var/lib/docker/tmp/x: no space left on device"])?.rule).toBe(
      "daemon-disk-full",
    );
  });

  it("of the job's own daemon is told from the host's", () => {
    const line = `${daemon}write /var/lib/docker/tmp/x: no space left on device`;
    expect(explained(line, onSidecar)?.cause).toContain("the job's daemon");
    expect(explained(line, onSocket)?.cause).not.toContain("the job's daemon");
  });

  it("is why a job could not be prepared", () => {
    expect(unprepared("failed to create container: mkdir /data/overlay2/1: no space left on device")?.rule).toBe(
      "daemon-disk-full",
    );
  });

  it("is why a dind did not start", () => {
    const log = ["failed to start daemon: mkdir /var/lib/docker/image: no space left on device"];
    const state = { running: false, exitCode: 1, oomKilled: false, error: "" };
    const found = unprepared(notStarted, { services: [dind({ state, log })] });
    expect(found).toMatchObject({ rule: "daemon-disk-full", seen: log[0] });
  });

  it("names the directory to look at", () => {
    expect(explained("dd: error writing '/cache/a/b': No space left on device")?.author).toContain("df -h /cache/a;");
    expect(explained("/usr/bin/ld: final link failed: No space left on device")?.author).toContain("df -h .;");
  });

  it("of shared memory is looked for in services as well", () => {
    const log = [
      'ERROR:  could not resize shared memory segment "/PostgreSQL.1" to 8388608 bytes: No space left on device',
    ];
    const found = explained("1 failed", { services: [serviceEvidence({ name: "postgres:16", log })] });
    expect(found).toMatchObject({ rule: "shm-full", seen: log[0] });
    expect(found?.cause).toContain("postgres:16");
  });
});
