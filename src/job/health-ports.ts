/** GitLab Runner looks at no more ports than that. */
const mostPorts = 20;
const variable = "HEALTHCHECK_TCP_PORT";

/**
 * The ports of which one must be open for a service to be ready: what HEALTHCHECK_TCP_PORT names, be it the image's, the
 * job's or the service's own, else the lowest of those that it exposes. [] when there is nothing to wait for.
 *
 * @param env `KEY=value` of the container
 * @param exposed TCP ports, ascending
 */
export function healthPorts(env: readonly string[], exposed: readonly number[]): readonly number[] {
  const entry = env.find((text) => text.slice(0, variable.length + 1).toUpperCase() === `${variable}=`);
  if (entry === undefined) return exposed.slice(0, mostPorts);
  const text = entry.slice(variable.length + 1);
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new Error(`invalid health check tcp port: ${text}`);
  return [port];
}
