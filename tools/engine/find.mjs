// Which engine is used: the one DOCKER_HOST names, else the machine's, else our private one, started when it has to be.
import { engine as places } from "../bootstrap/places.mjs";
import { BootstrapFailure } from "../bootstrap/failure.mjs";
import { EngineClient } from "./client.mjs";
import { endpointOf } from "./endpoint.mjs";
import { startPrivateEngine } from "./start.mjs";

const machineSocket = "/var/run/docker.sock";
const privateHost = `unix://${places.socket}`;

/** @returns {Promise<{ client: EngineClient, host: string, private: boolean }>} */
export async function findEngine({ env = process.env, mayStart = true } = {}) {
  if (env.DOCKER_HOST) return named(env);
  for (const host of [`unix://${machineSocket}`, privateHost]) {
    const client = new EngineClient(endpointOf(host));
    const answer = await client.ping();
    if (answer === true) return found(client);
    if (answer.startsWith("EACCES")) throw notAllowed(host);
  }
  if (!mayStart) {
    throw new BootstrapFailure(
      "no Docker engine answers, and --no-engine forbids to start one",
      "start Docker, set DOCKER_HOST, or leave --no-engine out (as root on Debian or Ubuntu a private engine is then started)",
    );
  }
  await startPrivateEngine();
  return found(new EngineClient(endpointOf(privateHost)));
}

async function named(env) {
  const client = new EngineClient(endpointOf(env.DOCKER_HOST, env));
  const answer = await client.ping(5000);
  if (answer === true) return found(client);
  throw new BootstrapFailure(
    `the engine that DOCKER_HOST names, ${env.DOCKER_HOST}, does not answer (${answer})`,
    "start it, correct DOCKER_HOST (and DOCKER_TLS_VERIFY, DOCKER_CERT_PATH), or unset it to use the machine's or a private one",
  );
}

const notAllowed = (host) =>
  new BootstrapFailure(
    `there is a Docker engine at ${host}, but this user may not talk to it`,
    "join the group that owns the socket (`sudo usermod -aG docker $(id -un)`, then log in again), run the command as root, or set DOCKER_HOST",
  );

const found = (client) => ({ client, host: client.host, private: client.host === privateHost });
