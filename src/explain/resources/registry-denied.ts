import type { Rule } from "../rule.ts";
import { pulledImage, registryIn, registryOf, registrySaid } from "./pull-words.ts";
import { refused } from "./said.ts";

const unknownOrPrivate =
  /pull access denied(?: for (?<image>[^\s,]{1,300}))?, repository does not exist or may require (?:'docker login'|authorization)/;
const badLogin =
  /(?:unauthorized: incorrect username or password|unauthorized: HTTP Basic: Access denied|denied: Your authorization token has expired|login attempt to \S{1,300} failed with status: 40[13])/;
/** `docker push` and the classic builder say it on a line of its own. */
const noLogin =
  /^(?:ERROR: )?(?:unauthorized|denied): (?:authentication required|requested access to the resource is denied|access forbidden|User not authenticated)|no basic auth credentials|(?<=: )(?:unauthorized|denied)(?:: [a-zA-Z]|$)|insufficient_scope: authorization failed|\b40[13] (?:Unauthorized|Forbidden)/;
const hub = "docker.io";

/** The registry wants to know who asks, or does not let them. */
export const registryDenied: Rule = {
  name: "registry-denied",
  of: "failed",
  explain: (evidence) => {
    const login = registrySaid(evidence, badLogin);
    const unknown = refused(evidence, unknownOrPrivate);
    const said = login ?? unknown ?? registrySaid(evidence, noLogin);
    if (said === null) return null;
    const { input, groups } = said.match;
    const image = pulledImage(input) || (groups?.["image"] ?? "");
    const registry = registryIn(input) || registryOf(image);
    const what = image || registry;
    const cause =
      login !== null
        ? `the registry ${registry === hub ? "Docker Hub" : registry} does not take the login that it was given`
        : unknown !== null
          ? `the registry gives no access${what && ` to ${what}`}: the name is wrong, or it is private and the login is missing`
          : `the registry refuses access${what && ` to ${what}`}: there was no login, or the login has no right to it`;
    return {
      cause: cause.replace("registry  ", "registry "),
      seen: said.line,
      author: said.by === "runner" ? authConfig(registry) : dockerLogin(registry),
      admin:
        said.by === "runner"
          ? `or once, as the agent's user: docker login ${registry === hub ? "" : registry}`.trim()
          : "",
    };
  },
};

function authConfig(registry: string): string {
  const key = registry === hub ? "https://index.docker.io/v1/" : registry || "REGISTRY";
  return `correct the name, or set a CI/CD variable DOCKER_AUTH_CONFIG = {"auths":{"${key}":{"auth":"BASE64 of user:password"}}}`;
}

/** What GitLab gives jobs is good for its own registry. */
function dockerLogin(registry: string): string {
  if (registry === hub)
    return 'before it: echo "$HUB_TOKEN" | docker login -u "$HUB_USER" --password-stdin, with CI/CD variables of yours';
  return `before it: echo "$CI_REGISTRY_PASSWORD" | docker login -u "$CI_REGISTRY_USER" --password-stdin ${registry || "$CI_REGISTRY"}`;
}
