import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { loadDockerode } from "../../../src/docker/client-library.ts";

const require = createRequire(createRequire(import.meta.url).resolve("dockerode"));

interface Modem {
  dial(options: object, callback: () => void): void;
}

test("the Docker client comes without gRPC, SSH and a second tar library", () => {
  expect(loadDockerode()).toBeTypeOf("function");
  const loaded = Object.keys(require.cache).join("\n");
  expect(loaded).not.toMatch(/node_modules\/(?:@grpc|protobufjs|ssh2|bl)\//);
});

test("what is left out says so when it is used", () => {
  const Docker = loadDockerode();
  const { modem } = new Docker({ protocol: "ssh", host: "docker.test" }) as unknown as { readonly modem: Modem };
  expect(() => modem.dial({ path: "/version", method: "GET", statusCodes: {} }, () => {})).toThrow(
    "this part of the Docker client is not loaded: docker-modem/lib/ssh.js",
  );
});
