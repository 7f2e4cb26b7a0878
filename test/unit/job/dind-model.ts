import type { ImageConfig } from "../../../src/job/image-config.ts";
import type { ContainerSpec, JobPlan } from "../../../src/job/plan.ts";

/** What a docker:dind really does with its variables and arguments: its entrypoint, and dockerd after it. */
export interface ModelDaemon {
  readonly ports: readonly number[];
  readonly tls: boolean;
  /** dockerd sleeps before it listens. */
  readonly waits: boolean;
  /** Of the directory with the client's certificates; "" without TLS. */
  readonly clientVolume: string;
}

/** What the docker of a job really does with its variables; with docker's own image its entrypoint has a say. */
export interface ModelClient {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Of the directory where it looks for its certificates; "" without TLS. */
  readonly clientVolume: string;
}

const official = { entrypoint: ["dockerd-entrypoint.sh"], command: [], volumes: ["/var/lib/docker"], user: "" };
export const dindImage: ImageConfig = {
  ...official,
  env: ["PATH=/bin", "DOCKER_VERSION=20.10.24", "DOCKER_TLS_CERTDIR=/certs", "DIND_COMMIT=1f32"],
};
export const dockerImage: ImageConfig = {
  entrypoint: ["docker-entrypoint.sh"],
  command: ["sh"],
  env: ["PATH=/bin", "DOCKER_VERSION=20.10.24", "DOCKER_TLS_CERTDIR=/certs"],
  volumes: [],
  user: "",
};
/** With a docker in it, and nothing that knows of daemons. */
export const otherImage: ImageConfig = { entrypoint: [], command: ["bash"], env: ["PATH=/bin"], volumes: [], user: "" };

const environment = (image: ImageConfig, env: readonly string[]): Map<string, string> =>
  new Map(
    [...image.env, ...env].map((entry) => [entry.split("=", 1)[0] as string, entry.slice(entry.indexOf("=") + 1)]),
  );

const volumeAt = (container: ContainerSpec, path: string): string =>
  container.binds.find((bind) => bind.split(":")[1] === path)?.split(":")[0] ?? "";

export function modelDaemon(container: ContainerSpec, image: ImageConfig): ModelDaemon {
  const env = environment(image, container.env);
  let args = [...(container.command ?? image.command)];
  const directory = env.get("DOCKER_TLS_CERTDIR") ?? "";
  if (args[0] !== "dockerd") {
    args =
      directory === "" ? ["--host=tcp://0.0.0.0:2375", ...args] : ["--host=tcp://0.0.0.0:2376", "--tlsverify", ...args];
  }
  const verify = args.some((arg) => arg.startsWith("--tlsverify")) || (env.get("DOCKER_TLS_VERIFY") ?? "") !== "";
  const said = args.findLast((arg) => arg === "--tls" || arg.startsWith("--tls="));
  const tls = verify || (said !== undefined && said !== "--tls=false");
  const ports = args.flatMap((arg) => /^--host=tcp:\/\/0\.0\.0\.0:(\d+)$/.exec(arg)?.[1] ?? []).map(Number);
  return {
    ports,
    tls,
    waits: ports.length > 0 && !tls && said === undefined,
    clientVolume: tls ? volumeAt(container, `${directory}/client`) : "",
  };
}

export function modelClient(plan: JobPlan, image: ImageConfig): ModelClient | null {
  const env = environment(image, plan.build.env);
  const directory = `${env.get("DOCKER_TLS_CERTDIR") ?? ""}/client`;
  const isDocker = image.entrypoint[0] === "docker-entrypoint.sh";
  const findsCertificates = directory !== "/client" && volumeAt(plan.build, directory) !== "";
  const verify = () => (env.get("DOCKER_TLS_VERIFY") ?? "") !== "";
  if (isDocker && (env.get("DOCKER_HOST") ?? "") === "") {
    env.set("DOCKER_HOST", findsCertificates || verify() ? "tcp://docker:2376" : "tcp://docker:2375");
  }
  if (isDocker && !verify() && (env.get("DOCKER_CERT_PATH") ?? "") === "" && findsCertificates) {
    env.set("DOCKER_TLS_VERIFY", "1").set("DOCKER_CERT_PATH", directory);
  }
  const match = /^tcp:\/\/([^:]+):(\d+)$/.exec(env.get("DOCKER_HOST") ?? "");
  if (match === null) return null;
  const path = env.get("DOCKER_CERT_PATH") ?? "/root/.docker";
  const [, host = "", port] = match;
  return { host, port: Number(port), tls: verify(), clientVolume: verify() ? volumeAt(plan.build, path) : "" };
}

/** Why the job's docker would not get an answer; "" when all fits. */
export function misfit(plan: JobPlan, images: { readonly dind: ImageConfig; readonly build: ImageConfig }): string {
  const client = modelClient(plan, images.build);
  if (client === null) return "no address";
  const service = plan.services.find(({ container }) => container.aliases.includes(client.host));
  if (service === undefined) return `no service is called ${client.host}`;
  const daemon = modelDaemon(service.container, images.dind);
  if (!daemon.ports.includes(client.port))
    return `the daemon listens on ${daemon.ports.join(", ")}, not ${client.port}`;
  if (daemon.tls !== client.tls) return daemon.tls ? "HTTP request to an HTTPS server" : "HTTPS to an HTTP server";
  if (daemon.tls && client.clientVolume === "") return "no certificates";
  if (daemon.clientVolume !== client.clientVolume) return "certificates of another daemon";
  return daemon.waits ? "dockerd waits" : "";
}
