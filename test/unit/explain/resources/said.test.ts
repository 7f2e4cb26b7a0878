import { describe, expect, it } from "vitest";
import { explained, onSocket } from "./first-finding.ts";

const refusal = "Error response from daemon: all predefined address pools have been fully subnetted";

describe("a refusal", () => {
  const more = Array.from({ length: 20 }, (_, at) => `line ${at}`);

  it("of docker's own command may be followed by more", () => {
    expect(explained(["$ docker compose up", refusal, ...more], onSocket)?.rule).toBe("no-address-pool");
  });

  it.each(["$ make up", "$ docker compose up || true; make test", "$ docker-like up"])(
    "is at the end of what ended with it: %s",
    (command) => {
      expect(explained([command, ...more, refusal, "make: *** [Makefile:3: up] Error 1"], onSocket)?.rule).toBe(
        "no-address-pool",
      );
      expect(explained([command, refusal, ...more], onSocket)).toBeUndefined();
    },
  );

  it.each([`E   ${refusal}`, `- ${refusal}`, `not ok 3 ${refusal}`, `FAILED tests/a.py::b - ${refusal}`])(
    "is nobody's in the report of a test: %s",
    (line) => {
      expect(explained(["$ docker run test", line], onSocket)).toBeUndefined();
    },
  );
});

describe("a refusal in what docker shows of others", () => {
  it.each([
    [`docker: ${refusal}`],
    [refusal],
    [" Network app_default  Error", `failed to create network app_default: ${refusal}`],
    [` Container app-1  ${refusal}`],
    [` web Error ${refusal}`],
  ])("counts where docker says it: %s", (...lines) => {
    expect(explained(["$ docker compose up", ...lines, "1 passed"], onSocket)?.rule).toBe("no-address-pool");
  });

  it.each([`app-1  | ${refusal}`, `#9 4.101 ${refusal}`, `test of networks: ${refusal}`, `4.101 ${refusal}`])(
    "is a container's: %s",
    (line) => {
      expect(explained(["$ docker compose up --build", line], onSocket)).toBeUndefined();
    },
  );

  it.each([
    'ERROR: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2',
    "The command '/bin/sh -c make' returned a non-zero code: 2",
  ])("is not why a build ended with: %s", (end) => {
    const lines = [`#5 ERROR: failed to configure registry cache importer: ${refusal}`, "#9 ERROR: make"];
    expect(explained(["$ docker build .", ...lines], onSocket)?.rule).toBe("no-address-pool");
    expect(explained(["$ docker build .", ...lines, end], onSocket)).toBeUndefined();
  });
});

describe("a refusal in a step of a build", () => {
  it("is the step's own", () => {
    const lines = [`#9 4.101 docker: ${refusal}`, "#9 5.0 and so on", "ERROR: canceled"];
    expect(explained(["$ docker build .", ...lines], onSocket)).toBeUndefined();
  });
});

describe("a refusal that was lived with", () => {
  it.each([
    "retrying in 5 s",
    "using the running one",
    "reusing it",
    "Status: Downloaded newer image for app:1",
    "no pull, cached",
  ])("is followed by: %s", (line) => {
    expect(explained(["$ ./up.sh", refusal, line], onSocket)).toBeUndefined();
    expect(explained(["$ ./up.sh", line, refusal], onSocket)?.rule).toBe("no-address-pool");
  });

  it.each([
    "FAIL total",
    "1 of 12 failed",
    "--- FAIL: TestTotal (0.00s)",
    "not ok 2 - total",
    "Tests run: 2, Failures: 1",
  ])("stands beside tests that failed: %s", (line) => {
    expect(explained(["$ ./e2e.sh", line, refusal], onSocket)).toBeUndefined();
    expect(explained(["$ ./e2e.sh", refusal, line], onSocket)).toBeUndefined();
    expect(explained(["$ ./e2e.sh", "0 failed", refusal], onSocket)?.rule).toBe("no-address-pool");
  });

  it("was an earlier command's", () => {
    expect(explained(["$ docker network create a", refusal, "$ docker build ."], onSocket)).toBeUndefined();
  });
});

describe("what another machine says", () => {
  it.each([
    `$ ssh deploy@prod "docker compose up"`,
    "$ docker -H ssh://prod compose up",
    "$ ansible-playbook site.yml",
  ])("is no refusal of this one: %s", (command) => {
    expect(explained([command, refusal], onSocket)).toBeUndefined();
    expect(explained([command, "write /srv/x: no space left on device"], onSocket)).toBeUndefined();
  });

  it.each([
    'rsync: [receiver] write failed on "/srv/x": No space left on device (28)',
    'scp: write remote "/srv/app.tgz": No space left on device',
    'fatal: [prod]: FAILED! => {"msg": "write /x: no space left on device"}: No space left on device',
    `Warning  Failed  3s  kubelet  ${refusal}`,
  ])("is known in a script by its form: %s", (line) => {
    expect(explained(["$ ./deploy.sh", line], onSocket)).toBeUndefined();
  });
});

describe("a long line", () => {
  it("is shown from a little before the words", () => {
    const found = explained(`${"x".repeat(300)} ${refusal}`, onSocket);
    expect(found?.seen).toMatch(/^…x+ Error response from daemon: all predefined/);
  });
});
