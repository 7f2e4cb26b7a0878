import { isDockerSocket } from "../daemon/socket.ts";
import { environmentValue } from "./image-config.ts";
import type { JobPlan } from "./plan.ts";

/** What the `docker` of a job will do, as far as its environment says. */
export interface DockerClient {
  readonly daemon:
    | { readonly kind: "unsaid" }
    /** Not over TCP, or past the job's network. */
    | { readonly kind: "elsewhere" }
    /** `port` null: the client's default for TLS or none. */
    | { readonly kind: "tcp"; readonly host: string; readonly port: number | null };
  /** null: nothing says. */
  readonly tls: boolean | null;
  /** A variable as job, admin or the job's image set it. */
  readonly value: (key: string) => string | undefined;
  /** The same, the job's image not counted. */
  readonly isSetByJob: (key: string) => boolean;
  /** As the job's image set it. */
  readonly ofImage: (key: string) => string | undefined;
}

const plainPort = 2375;
const tlsPort = 2376;

/** @param imageEnv environment of the job's image: what stands there was meant as well */
export function dockerClientOf(
  plan: Pick<JobPlan, "environment" | "build">,
  imageEnv: readonly string[],
): DockerClient {
  const value = (key: string) => environmentValue([...imageEnv, ...plan.environment], key);
  const daemon = daemonOf(plan, value("DOCKER_HOST") ?? "");
  return {
    daemon,
    tls: tlsOf(value, daemon.kind === "tcp" ? daemon.port : null),
    value,
    isSetByJob: (key) => environmentValue(plan.environment, key) !== undefined,
    ofImage: (key) => environmentValue(imageEnv, key),
  };
}

function daemonOf({ build }: Pick<JobPlan, "build">, dockerHost: string): DockerClient["daemon"] {
  if (dockerHost === "") {
    const hasSocket = build.binds.some((bind) => isDockerSocket(bind.split(":", 2)[1] ?? ""));
    return { kind: hasSocket ? "elsewhere" : "unsaid" };
  }
  const match = /^tcp:\/\/([^:/[\]]+)(?::(\d+))?\/*$/.exec(dockerHost);
  if (match === null) return { kind: "elsewhere" };
  return { kind: "tcp", host: match[1] as string, port: match[2] === undefined ? null : Number(match[2]) };
}

function tlsOf(value: DockerClient["value"], port: number | null): boolean | null {
  if ((value("DOCKER_TLS_VERIFY") ?? "") !== "" || (value("DOCKER_TLS") ?? "") !== "") return true;
  if (value("DOCKER_TLS_VERIFY") === "") return false;
  if (port === plainPort) return false;
  return port === tlsPort || (value("DOCKER_CERT_PATH") ?? "") !== "" ? true : null;
}
