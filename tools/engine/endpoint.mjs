// From a DOCKER_HOST to what node:http needs. The bootstrap speaks to the engine itself: no docker command is required.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { BootstrapFailure } from "../bootstrap/failure.mjs";

const certificateFiles = { ca: "ca.pem", cert: "cert.pem", key: "key.pem" };

/** @returns {{ host: string, options: import("node:https").RequestOptions, secure: boolean }} */
export function endpointOf(host, env = {}) {
  const url = parse(host);
  if (url.protocol === "unix:") {
    return { host, secure: false, options: { socketPath: decodeURIComponent(url.pathname) } };
  }
  const secure = Boolean(env.DOCKER_TLS_VERIFY);
  const options = { host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port) || (secure ? 2376 : 2375) };
  return { host, secure, options: secure ? { ...options, ...certificates(env) } : options };
}

function parse(host) {
  const url = URL.canParse?.(host) === false ? undefined : tryUrl(host);
  if (url && ["unix:", "tcp:", "http:", "https:"].includes(url.protocol)) return url;
  throw new BootstrapFailure(
    `DOCKER_HOST is "${host}", which the bootstrap cannot use`,
    "set it to unix:///PATH or tcp://HOST:PORT (for an ssh:// engine, forward its socket with `ssh -L`), or unset it",
  );
}

function tryUrl(text) {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function certificates(env) {
  const directory = env.DOCKER_CERT_PATH || join(homedir(), ".docker");
  const read = ([name, file]) => {
    try {
      return [name, readFileSync(join(directory, file))];
    } catch (error) {
      throw new BootstrapFailure(
        `DOCKER_TLS_VERIFY is set, but ${join(directory, file)} cannot be read (${error.code})`,
        "set DOCKER_CERT_PATH to the directory with ca.pem, cert.pem and key.pem, or unset DOCKER_TLS_VERIFY",
      );
    }
  };
  return Object.fromEntries(Object.entries(certificateFiles).map(read));
}
