import { describe, expect, it } from "vitest";
import { serviceEvidence } from "../../../support/evidence.ts";
import { found, type JobParts, said } from "./job.ts";

describe("out-of-memory", () => {
  it("says which limit was reached, whatever the exit code", () => {
    const build = { memoryLimit: 33_554_432, state: { running: false, exitCode: 137, oomKilled: true, error: "" } };
    expect(found({ exitCode: 137, output: "$ x\nKilled", build })).toEqual(["out-of-memory"]);
    expect(said({ exitCode: 137, build })).toMatch(/limit of 32 MiB[^]*memory = "64m"/);
    expect(found({ exitCode: 1, output: "c++: fatal error: Killed signal terminated program cc1plus", build })).toEqual(
      ["out-of-memory"],
    );
  });

  it("says that it was the host's where the job has no limit", () => {
    expect(said({ exitCode: 137, state: { oomKilled: true } })).toMatch(/the Docker host ran out of memory/);
  });
});

describe("killed-by-sigkill", () => {
  it("says what is known and where to look", () => {
    const parts = {
      exitCode: 137,
      output: "$ ./server\n/usr/bin/bash: line 43:    11 Killed                  ./server",
    };
    expect(found(parts)).toEqual(["killed-by-sigkill"]);
    expect(said(parts)).toMatch(/a command of the script was killed \(SIGKILL\)[^]*dmesg/);
    expect(said({ exitCode: 137, output: "$ ./server" })).toMatch(/^the script was killed/);
  });

  it("thinks of containers that the job ran", () => {
    expect(said({ exitCode: 137, output: "$ docker run --name app app:1" })).toMatch(/State\.OOMKilled/);
  });

  it.each<[string, JobParts]>([
    ["the script kills", { exitCode: 137, output: "$ ./server & sleep 1; kill -9 $!; wait $!" }],
    ["a limit of its own is over", { exitCode: 137, output: "$ timeout -k 5 10 ./server" }],
    ["a later run of the container hides how the script's ended", { exitCode: 137, state: { exitCode: 0 } }],
    ["the container is gone", { exitCode: 137, build: { state: null } }],
    ["a log has the number", { exitCode: 1, output: "$ x\nchild exited with 137\nKilled" }],
  ])("is silent when %s", (_, parts) => {
    expect(found(parts)).toEqual([]);
  });
});

describe("ended-by-sigterm", () => {
  it("says that it wasn't the runner", () => {
    const parts = { exitCode: 143, output: "$ ./run\nTerminated" };
    expect(found(parts)).toEqual(["ended-by-sigterm"]);
    expect(said(parts)).toMatch(/not by the runner/);
    expect(found({ exitCode: 143, output: "$ kill $PID; wait $PID" })).toEqual([]);
  });
});

describe("project-files-denied", () => {
  const build = { user: "1000", image: "acme/user:1" };
  const inProject = "/builds/group/project/dist";

  it.each([
    "/usr/bin/bash: line 43: dist: Permission denied",
    "/bin/sh: eval: line 24: can't create dist/x: Permission denied",
    "touch: cannot touch 'dist/x': Permission denied",
    "rm: can't remove 'dist': Permission denied",
    "mkdir: cannot create directory ‘dist’: Permission denied",
    `npm error Error: EACCES: permission denied, mkdir '${inProject}'`,
    `PermissionError: [Errno 13] Permission denied: '${inProject}/x'`,
    `go: open ${inProject}/x: permission denied`,
    "ERROR: the project directory /builds/group/project cannot be entered",
  ])("names the user: %s", (line) => {
    expect(found({ output: line, build })).toEqual(["project-files-denied"]);
    expect(said({ output: line, build })).toMatch(/user is 1000 /);
    expect(found({ output: line, build: { user: "root" } })).toEqual([]);
  });

  it.each(["cat: /etc/shadow: Permission denied", "E: PermissionError: [Errno 13] Permission denied: '/usr/lib/x'"])(
    "is not about files elsewhere: %s",
    (line) => {
      expect(found({ output: line, build })).toEqual([]);
    },
  );
});

describe("dubious-ownership", () => {
  it.each([
    "fatal: detected dubious ownership in repository at '/builds/group/project'",
    "fatal: unsafe repository ('/builds/group/project' is owned by someone else)",
  ])("says which directory is safe: %s", (line) => {
    expect(said({ exitCode: 128, output: line })).toContain("safe.directory '/builds/group/project'");
  });
});

describe("service-died", () => {
  const dead = (log: string[], state = {}) =>
    serviceEvidence({
      name: "postgres:16",
      aliases: ["postgres", "db"],
      log,
      state: { running: false, exitCode: 1, oomKilled: false, error: "", ...state },
    });
  const unreached = 'psql: error: could not translate host name "postgres" to address: Name or service not known';

  it.each([
    [/POSTGRES_PASSWORD/, "Error: Database is uninitialized and superuser password is not specified."],
    [
      /MYSQL_ROOT_PASSWORD/,
      "    You need to specify one of the following as an environment variable: - MYSQL_ROOT_PASSWORD",
    ],
    [/MARIADB_ROOT_PASSWORD/, "- MARIADB_ROOT_PASSWORD"],
    [
      /sysctl -w vm\.max_map_count=262144/,
      "max virtual memory areas vm.max_map_count [65530] is too low, increase to at least [262144]",
    ],
    [/another processor .*\(amd64\)/, "exec /usr/local/bin/docker-entrypoint.sh: exec format error"],
    [/ACCEPT_EULA/, "The SQL Server End-User License Agreement (EULA) must be accepted: set ACCEPT_EULA=Y"],
    [
      /AVX/,
      "WARNING: MongoDB 5.0+ requires a CPU with AVX support, and your current system does not appear to have that!",
    ],
    [/own last words/, "panic: something of its own"],
  ])("decodes its last words: %s", (advice, line) => {
    const parts = { exitCode: 2, output: `$ psql\n${unreached}`, services: [dead(["starting", line])] };
    expect(found(parts)).toEqual(["service-died"]);
    expect(said(parts)).toMatch(advice);
    expect(said(parts)).toContain(line.trim().slice(0, 90));
  });

  it.each([
    "curl: (6) Could not resolve host: db",
    "nc: bad address 'db'",
    "Error: getaddrinfo ENOTFOUND db",
    "dial tcp: lookup db on 127.0.0.11:53: no such host",
    "ERROR 2005 (HY000): Unknown MySQL server host 'db' (-2)",
    "wait-for-it.sh: timeout occurred after waiting 15 seconds for db:5432",
    "Could not connect to Redis at db:6379: Name or service not known",
    "connect ECONNREFUSED: connection to db.refused",
  ])("is told by: %s", (line) => {
    const isNamed = !line.includes("db.refused");
    expect(found({ output: line, services: [dead(["x"])] })).toEqual(isNamed ? ["service-died"] : []);
    expect(found({ output: line, services: [serviceEvidence({ aliases: ["db"] })] })).toEqual([]);
  });

  it("tells one that was killed for memory", () => {
    const services = [dead(["Killed"], { exitCode: 137, oomKilled: true })];
    expect(said({ output: unreached, services })).toMatch(/memory ran out[^]*service_memory/);
  });

  it("takes one that was killed, and had a limit, for one without memory", () => {
    const killed = dead(["Killed"], { exitCode: 137 });
    const limited = { ...killed, memoryLimit: 2 ** 25 };
    expect(said({ output: unreached, services: [limited] })).toMatch(/most likely.* 32 MiB[^]*service_memory/);
    expect(said({ output: unreached, services: [killed] })).not.toMatch(/memory/);
  });

  it.each<[string, JobParts]>([
    ["the output says nothing of it", { output: "1 failed", services: [dead(["x"])] }],
    ["it is named, but not missed", { output: "testing postgres quoting: 1 failed", services: [dead(["x"])] }],
    ["it is a Docker daemon", { output: "lookup db: no such host", services: [{ ...dead(["x"]), isDaemon: true }] }],
    ["its container is gone", { output: unreached, services: [{ ...dead([]), state: null }] }],
  ])("is silent when %s", (_, parts) => {
    expect(found(parts).filter((rule) => rule === "service-died")).toEqual([]);
  });
});
