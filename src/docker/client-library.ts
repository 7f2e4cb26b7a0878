import { createRequire, Module } from "node:module";
import type Docker from "dockerode";

/**
 * What dockerode loads for builds from a directory, BuildKit's sessions and `ssh://` hosts, none of which is there for
 * us. With gRPC, protobuf, an SSH client and a second tar library it would be half of the memory of an idle agent's
 * modules, and half of the time that they take to load.
 */
const unused = ["./session.js", "docker-modem/lib/ssh.js", "tar-fs", "@balena/dockerignore"];

/** dockerode's class, without the parts that are not used here; those throw when they are called. */
export function loadDockerode(): typeof Docker {
  const ours = createRequire(import.meta.url);
  const theirs = createRequire(ours.resolve("dockerode"));
  for (const part of unused) {
    const path = theirs.resolve(part);
    if (ours.cache[path] !== undefined) continue;
    const stub = new Module(path);
    stub.loaded = true;
    stub.exports = () => {
      throw new Error(`this part of the Docker client is not loaded: ${part}`);
    };
    ours.cache[path] = stub;
  }
  return ours("dockerode") as typeof Docker;
}
