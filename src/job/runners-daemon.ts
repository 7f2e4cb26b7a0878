import { isDockerSocket } from "../daemon/socket.ts";
import { agreedApi, type ApiRange } from "./api-version.ts";
import { isAutowireOff, isOfJob } from "./autowire.ts";
import { environmentValue, type ImageConfig } from "./image-config.ts";
import type { ContainerSpec, JobPlan, ServiceSpec } from "./plan.ts";
import { noProxyFor } from "./proxy.ts";
import { bindDestination } from "./volumes.ts";

const defaultHost = "unix:///var/run/docker.sock";

/** The build container as it is to be made, and a line for the log where something was set. */
export interface Agreed {
  readonly build: ContainerSpec;
  readonly line: string;
}

/** The runner's own dind beside the job; undefined in other wirings. */
export function sidecarOf({ wiring, services }: JobPlan): ServiceSpec | undefined {
  return wiring === "dind" ? services.find((service) => !isOfJob(service)) : undefined;
}

/**
 * Makes a job's docker speak one version of the API with the daemon that the runner gives it, where the job uses that one.
 *
 * @param daemon what the sidecar speaks, or else the daemon that runs the job
 */
export function agreeOnApi(plan: JobPlan, image: ImageConfig, daemon: ApiRange): Agreed {
  const { build } = plan;
  const value = (key: string) => environmentValue([...image.env, ...build.env], key) ?? "";
  const asIs = { build, line: "" };
  if (isAutowireOff(plan) || value("DOCKER_API_VERSION") !== "") return asIs;
  if (!usesRunnersDaemon(plan, value("DOCKER_HOST"))) return asIs;
  // A variable of the job's of that name says which image it takes, not what is in it.
  const version = environmentValue(image.env, "DOCKER_VERSION") ?? "";
  const api = agreedApi(version, daemon);
  if (api === "") return asIs;
  return {
    build: { ...build, env: [...build.env, `DOCKER_API_VERSION=${api}`] },
    line:
      `DOCKER_API_VERSION=${api}: docker ${version} of the job's image and its daemon ` +
      `(API ${daemon.oldest} to ${daemon.newest}) would not agree on one`,
  };
}

/** The build container with a way to the runner's sidecar that leads past every proxy, where there is one. */
export function withDirectWay(plan: JobPlan, build: ContainerSpec, image: ImageConfig): ContainerSpec {
  const readiness = sidecarOf(plan)?.readiness;
  const value = (key: string) => environmentValue([...image.env, ...build.env], key);
  if (readiness?.kind !== "docker-api" || !usesRunnersDaemon(plan, value("DOCKER_HOST") ?? "")) return build;
  const entries = noProxyFor([readiness.host], value, (key) => environmentValue(build.env, key) !== undefined);
  return entries.length === 0 ? build : { ...build, env: [...build.env, ...entries] };
}

function usesRunnersDaemon(plan: JobPlan, dockerHost: string): boolean {
  const { build, composeProject, remoteDaemon } = plan;
  const readiness = sidecarOf(plan)?.readiness;
  if (readiness?.kind === "docker-api") {
    const host = `tcp://${readiness.host}`;
    return [host, `${host}:${readiness.port}`].includes(dockerHost.replace(/\/+$/, ""));
  }
  if (dockerHost === "" || dockerHost === defaultHost) return build.binds.map(bindDestination).some(isDockerSocket);
  return composeProject !== "" && dockerHost === remoteDaemon?.address;
}
