import { describe, expect, it } from "vitest";
import { lastCommand } from "../../../src/explain/last-command.ts";

describe("the command that ended a script", () => {
  it.each([
    ["docker build -t app .", "docker"],
    ["time docker pull app", "docker"],
    ["DOCKER_BUILDKIT=1 docker build .", "docker"],
    ["docker build -c 3 .", "docker"],
    ["docker -H tcp://docker:2376 info", "docker"],
    ["docker compose -f ci.yml build", "docker"],
    ["docker run --rm app npm test", "inside"],
    ["docker exec app pytest", "inside"],
    ["docker compose -f ci.yml run app", "inside"],
    ["docker-compose up --exit-code-from app", "inside"],
    ['ssh deploy@prod "docker ps"', "elsewhere"],
    ["docker -H ssh://deploy@prod ps", "elsewhere"],
    ["docker --context prod ps", "elsewhere"],
    ["kubectl exec app -- pytest", "elsewhere"],
    ["test -f x && ansible-playbook site.yml", "elsewhere"],
    ["docker pull app || true", "program"],
    ["docker login registry # collapsed multi-line command", "program"],
    ["echo x | docker login --password-stdin", "program"],
    ["./build.sh", "program"],
    ["npm test", "program"],
  ])("%s is of the kind %s", (command, kind) => {
    expect(lastCommand(["$ true", `$ ${command}`, "said"])).toEqual({ command, kind, printed: ["said"] });
  });

  it("printed what stands after its echo", () => {
    expect(lastCommand(["$ docker pull a", "error", "$ docker build .", "", "failed"]).printed).toEqual(["failed"]);
  });

  it("printed what overtook its echo, when nothing follows that and the command before is nobody's who complains", () => {
    const overtaking = ["$ npm ci", "added 3 packages", "Cannot connect", "$ docker info"];
    expect(lastCommand(overtaking).printed).toEqual(["added 3 packages", "Cannot connect"]);
    expect(lastCommand(["$ docker rmi a", "No such image", "$ docker info"]).printed).toEqual([]);
    expect(lastCommand(["$ ./probe.sh", "Cannot connect", "$ docker info"]).printed).toEqual([]);
    expect(lastCommand(["$ npm ci || true", "Cannot connect", "$ docker info"]).printed).toEqual([]);
    expect(lastCommand(["$ npm ci", "Cannot connect", "$ test -f x"]).printed).toEqual([]);
  });

  it("printed what stands before its echo where it is the first", () => {
    expect(lastCommand(["env: can't execute 'sh'", "$ ./x.sh"]).printed).toEqual(["env: can't execute 'sh'"]);
    expect(lastCommand(["Pseudo-terminal will not be allocated", "$ ssh host"]).printed).toEqual([]);
    expect(lastCommand(["$ true", "sh: ./x.sh: not found", "other", "$ ./x.sh"]).printed).toEqual([
      "sh: ./x.sh: not found",
    ]);
  });

  it("is nobody's where no command was echoed", () => {
    expect(lastCommand(["usage: tool"])).toEqual({ command: "", kind: "program", printed: ["usage: tool"] });
  });
});
