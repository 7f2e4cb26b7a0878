import { Refusal, type Answer } from "../answer.ts";
import type { CoordinatorState, Endpoint, Exchange } from "../exchange.ts";
import { runHttpBackend } from "../git-http.ts";

/** GET <project>.git/info/refs: fetching only; pushing has no service here. */
export const gitAdvertisement: Endpoint = async (exchange, state) => {
  if (exchange.url.searchParams.get("service") !== "git-upload-pack") throw new Refusal(403, "403 Forbidden");
  return serve(exchange, state, "/info/refs");
};

/** POST <project>.git/git-upload-pack: a clone or a fetch. */
export const gitUploadPack: Endpoint = (exchange, state) => serve(exchange, state, "/git-upload-pack");

async function serve(exchange: Exchange, state: CoordinatorState, service: string): Promise<Answer> {
  const credentials = basicCredentials(exchange.request.headers.authorization);
  const job = state.jobs.list().find((candidate) => candidate.token === credentials?.password);
  // As GitLab: a job's token opens the repository while the job runs, for the user gitlab-ci-token.
  const open = job !== undefined && (job.state === "running" || job.state === "canceling");
  if (!open || credentials?.user !== "gitlab-ci-token") {
    throw new Refusal(401, "HTTP Basic: Access denied", { "WWW-Authenticate": 'Basic realm="GitLab"' });
  }
  const repository = state.repositories.get(exchange.params[0] ?? "");
  if (repository === undefined) throw new Refusal(404, "404 Project Not Found");
  return runHttpBackend(exchange, { repository, service, environment: state.settings.environment });
}

function basicCredentials(header: string | undefined): { user: string; password: string } | null {
  const encoded = /^Basic\s+([A-Za-z0-9+/=]+)$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
