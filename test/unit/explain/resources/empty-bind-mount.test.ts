import { describe, expect, it } from "vitest";
import { bindMounts } from "../../../../src/explain/resources/mount-sources.ts";
import { evidenceOf } from "../../../support/evidence.ts";
import { explained, onOwnDind, onSidecar, onSocket } from "./first-finding.ts";

const project = "/builds/group/project";
const run = (mount: string, command = "sh /src/run.sh") => `$ docker run --rm ${mount} alpine ${command}`;
const missing = "sh: can't open '/src/run.sh': No such file or directory";

describe("the bind mounts of a command", () => {
  it.each([
    ["-v $PWD:/src", project],
    ['-v "$PWD":/src', project],
    ['-v "${CI_PROJECT_DIR}/app/:/src:ro,z"', `${project}/app`],
    ["-v $(pwd)/app:/src", `${project}/app`],
    ["--volume=./app:/src", `${project}/app`],
    ["--volume .:/src", project],
    ["-v/opt/x:/src", "/opt/x"],
    ["--mount type=bind,source=$PWD/app,target=/src,readonly", `${project}/app`],
    ["--mount type=bind,src=/opt,dst=/src", "/opt"],
  ])("are found in %s", (argument, source) => {
    expect(bindMounts(`docker run --rm ${argument} alpine ls`, project)).toEqual([{ source, target: "/src" }]);
  });

  it.each([
    "-v cache:/src",
    "-v $HOME/x:/src",
    "-v /src",
    "--mount type=volume,source=x,target=/src",
    "-v $A$B:/src",
    "-e A=-v",
  ])("are not guessed in %s", (argument) => {
    expect(bindMounts(`docker run ${argument} alpine ls`, project)).toEqual([]);
  });

  it("are docker's alone", () => {
    expect(bindMounts("podman run -v $PWD:/src alpine", project)).toEqual([]);
    expect(bindMounts("docker build -v $PWD:/src .", project)).toEqual([]);
  });
});

describe("a mount under a shared socket", () => {
  it.each(["-v $PWD:/src", '-v "$CI_PROJECT_DIR":/src', "--mount type=bind,source=$PWD,target=/src"])(
    "that shows nothing is explained: %s",
    (argument) => {
      const found = explained([run(argument), missing], onSocket);
      expect(found).toMatchObject({ rule: "empty-bind-mount", seen: missing });
      expect(found?.cause).toContain(project);
      expect(found?.admin).toContain('wiring = "socket"');
    },
  );

  it("of a part of the project counts where the line names it", () => {
    const mount = run("-v $PWD/reports:/reports", "make test");
    expect(explained([mount, "cat: /reports/x: No such file or directory"], onSocket)?.rule).toBe("empty-bind-mount");
    expect(explained([mount, "cat: /etc/x: No such file or directory"], onSocket)).toBeUndefined();
    const later = [
      mount,
      "20 tests ok",
      "$ cat reports/junit.xml",
      "cat: reports/junit.xml: No such file or directory",
    ];
    expect(explained(later, onSocket)?.rule).toBe("empty-bind-mount");
  });

  it("is no cause on another machine", () => {
    const command = `ssh prod ${run("-v $PWD:/src").slice(2)}`;
    expect(explained([`$ ${command}`, missing], onSocket)).toBeUndefined();
  });

  it("is no cause where the daemon sees the same directory, or nothing is missing", () => {
    const { build, client } = evidenceOf();
    const same = { ...build, mounts: [{ source: "/builds", destination: "/builds" }] };
    expect(explained([run("-v $PWD:/src"), missing], { ...onSocket, build: same })).toBeUndefined();
    const bound = { ...client, socket: "/var/run/docker.sock", buildsOnHost: true };
    expect(explained([run("-v $PWD:/src"), missing], { client: bound })).toBeUndefined();
    for (const parts of [onSidecar, onOwnDind, {}]) {
      expect(explained([run("-v $PWD:/src"), missing], parts)).toBeUndefined();
    }
    expect(explained([run("-v $PWD:/src"), "1 of 20 tests failed"], onSocket)).toBeUndefined();
    expect(explained([run("-v /opt/tools:/src"), missing], onSocket)).toBeUndefined();
    expect(
      explained([run("-v $PWD:/src"), "ok", "$ cat /x", "cat: /x: No such file or directory"], onSocket),
    ).toBeUndefined();
  });
});

const onto = (source: string) =>
  `docker: Error response from daemon: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error mounting "${source}" to rootfs at "/etc/nginx/nginx.conf": mount ${source}:/etc/nginx/nginx.conf (via /proc/self/fd/6), flags: 0x5000: not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type.`;
const absent = (source: string) =>
  `docker: Error response from daemon: invalid mount config for type "bind": bind source path does not exist: ${source}.`;

describe("a source that the daemon itself misses", () => {
  it.each([onto, absent])("is explained by where the daemon looks", (line) => {
    const file = `${project}/nginx.conf`;
    const cause = (source: string, parts: Parameters<typeof explained>[1]) => {
      const found = explained(["$ docker compose up", line(source)], parts);
      expect(found?.rule).toBe("empty-bind-mount");
      return found?.cause;
    };
    expect(cause(file, onSocket)).toContain(`${file} is a path of the job's container`);
    expect(cause(file, onSidecar)).toContain(`${file} does not exist`);
    expect(cause("/tmp/nginx.conf", onSidecar)).toContain("not in the job's container");
    expect(cause("/tmp/nginx.conf", onSocket)).toContain("not in the job's container");
  });
});
