import type { CallFailed, Forbidden } from "../coordinator/runner-api.ts";
import { AgentError } from "../support/errors.ts";

/** A refusal or failure of a call as an error with a fix. `what` names the token that was used, never its value. */
export function callError(answer: Forbidden | CallFailed, url: string, what: string): AgentError {
  if (answer.kind === "forbidden") {
    return new AgentError("TOKEN_REFUSED", `${url} refuses the ${what}: ${answer.reason}`, {
      hint: "copy the token from the runner's page of that coordinator again, and see that --url is the same coordinator",
    });
  }
  switch (answer.cause) {
    case "unreachable":
      return new AgentError("COORDINATOR_UNREACHABLE", `${url} can't be reached: ${answer.reason}`, {
        hint: "see that the URL is right and that this machine gets there: name, port, proxy (HTTPS_PROXY, NO_PROXY), firewall",
      });
    case "certificate":
      return new AgentError("COORDINATOR_CERTIFICATE", `the certificate of ${url} is not trusted: ${answer.reason}`, {
        hint: "give the CA's certificate with --tls-ca-file FILE, or put it into certs/HOST.crt beside config.toml",
      });
    case "answer":
      return new AgentError("COORDINATOR_ANSWER", `${url} answered ${answer.reason}`, { hint: hintFor(answer.status) });
  }
}

function hintFor(status: number | null): string {
  if (status === 404) return "see that the URL is that of a GitLab, without a path that belongs to a project";
  if (status === 422 || status === 400) return "correct what the coordinator names";
  if (status !== null && status >= 500) return "try again when the coordinator is well";
  return "see that the URL is that of a GitLab and not of a page in front of it";
}
