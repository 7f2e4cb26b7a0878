import { inspectImage, type ImageFacts, pullErrorKind, pullImage } from "../docker/image.ts";
import type { Engine } from "../docker/engine.ts";
import { DockerError } from "../docker/errors.ts";
import { findLogin } from "../docker/find-login.ts";
import type { CredentialSource, RegistryCredentials } from "../docker/registry-auth.ts";
import { sharedPulls } from "../docker/shared-pulls.ts";
import type { FailureSituation } from "../job/failure-reason.ts";
import { parseImage } from "../job/image.ts";
import type { ContainerSpec } from "../job/plan.ts";
import type { Span } from "../spans/open-span.ts";
import type { Clock } from "../support/clock.ts";
import type { Trace } from "../trace/trace.ts";
import { StageFailure } from "./stage-failure.ts";

const pullAttempts = 3;
const pullPauseMs = 2_000;

export type ImageRequest = Pick<ContainerSpec, "image" | "pullPolicies" | "platform">;

export interface UsedImage {
  readonly id: string;
  /** As the job called it. */
  readonly name: string;
  readonly pulled: boolean;
}

/** Finds or pulls the images of one job by their pull policies, each at most once, and says in the log what it does. */
export class Images {
  readonly #engine: Engine;
  readonly #sources: readonly CredentialSource[];
  readonly #trace: Trace;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #span: Span;
  readonly #used: (image: UsedImage) => void;
  readonly #requests = new Map<string, Promise<ImageFacts>>();

  constructor(
    engine: Engine,
    sources: readonly CredentialSource[],
    trace: Trace,
    clock: Clock,
    signal: AbortSignal,
    span: Span,
    used: (image: UsedImage) => void = () => {},
  ) {
    this.#used = used;
    this.#engine = engine;
    this.#sources = sources;
    this.#trace = trace;
    this.#clock = clock;
    this.#signal = signal;
    this.#span = span;
  }

  /** @throws StageFailure saying why no policy gave the image. */
  resolve(request: ImageRequest): Promise<ImageFacts> {
    const key = JSON.stringify([request.image, request.platform, request.pullPolicies]);
    const known = this.#requests.get(key);
    if (known) return known;
    // Of an image that is there already, too: short then.
    const found = this.#span.run("pull", { image: request.image, pulled: false }, (span) =>
      this.#resolve(request, span),
    );
    this.#requests.set(key, found);
    return found;
  }

  async #resolve(request: ImageRequest, span: Span): Promise<ImageFacts> {
    await this.#trace.line(
      `Using effective pull policy of [${request.pullPolicies.join(" ")}] for container ${request.image}`,
    );
    let failure: unknown;
    for (const [index, policy] of request.pullPolicies.entries()) {
      if (index > 0) await this.#trace.info(`Attempt #${index + 1}: Trying "${policy}" pull policy`);
      try {
        const image = await this.#byPolicy(request, policy, span);
        const origin = image.digest === "" ? "" : ` with digest ${image.digest}`;
        await this.#trace.line(`Using docker image ${image.id} for ${request.image}${origin} ...`);
        return image;
      } catch (error) {
        this.#signal.throwIfAborted();
        // Without a status it wasn't the registry that failed but our own way to the daemon.
        if (!(error instanceof DockerError) || error.statusCode === 0) throw error;
        failure = error;
        await this.#trace.warning(`Failed to pull image with policy "${policy}": ${(error as Error).message}`);
      }
    }
    throw imageFailure(request, failure);
  }

  async #byPolicy(request: ImageRequest, policy: string, span: Span): Promise<ImageFacts> {
    const byId = parseImage(request.image)?.version === "";
    const mayBeLocal = policy !== "always" || byId;
    const local = mayBeLocal ? await inspectImage(this.#engine, request.image, this.#signal) : null;
    if (local !== null) {
      if (policy === "if-not-present") {
        await this.#trace.line(`Using locally found image version due to "${policy}" pull policy`);
      }
      this.#used({ id: local.id, name: request.image, pulled: false });
      return local;
    }
    // No registry knows an image by its id.
    if (policy === "never" || byId)
      throw new DockerError("find image", "not-found", `No such image: ${request.image}`, 404);
    span.set({ pulled: true });
    await this.#pull(request);
    const pulled = await inspectImage(this.#engine, request.image, this.#signal);
    if (pulled === null)
      throw new DockerError("find image", "not-found", `No such image after the pull: ${request.image}`, 404);
    this.#used({ id: pulled.id, name: request.image, pulled: true });
    return pulled;
  }

  async #login(image: string): Promise<RegistryCredentials | null> {
    const reference = parseImage(image);
    if (reference === null) return null;
    const warn = (text: string) => this.#trace.warning(text);
    const login = await findLogin(reference.repository, this.#sources, warn, this.#signal);
    if (login === null) return null;
    const { password, identitytoken = "" } = login.credentials;
    if (login.fromHelper) for (const secret of [password, identitytoken]) await this.#trace.learnSecret(secret);
    await this.#trace.line(`Authenticating with credentials from ${login.source}`);
    return login.credentials;
  }

  async #pull(request: ImageRequest): Promise<void> {
    const { image, platform } = request;
    const credentials = await this.#login(image);
    await this.#trace.line(`Pulling docker image ${platform === "" ? image : `${image} for platform ${platform}`} ...`);
    // Without a tag the daemon would pull all of them.
    const reference = parseImage(image)?.full ?? image;
    const pulls = sharedPulls(this.#engine);
    const key = JSON.stringify([reference, platform, credentials]);
    for (let attempt = 1; ; attempt++) {
      try {
        if (pulls.has(key)) await this.#trace.line(`A pull of ${image} is under way: waiting for that one`);
        return await pulls.join(
          key,
          (signal) => pullImage(this.#engine, reference, platform, credentials, signal),
          this.#signal,
        );
      } catch (error) {
        this.#signal.throwIfAborted();
        if (attempt >= pullAttempts || refusalOf(error) !== "registry-unreachable") throw error;
        await this.#trace.warning(
          `Failed to pull image "${image}" (attempt #${attempt}), retrying: ${(error as Error).message}`,
        );
        await this.#clock.sleep(pullPauseMs * attempt, this.#signal);
      }
    }
  }
}

function refusalOf(error: unknown): FailureSituation {
  if (!(error instanceof DockerError)) return "image-pull-failed";
  const kind = error.statusCode >= 500 || error.statusCode === 404 ? pullErrorKind(error.detail) : error.kind;
  if (kind === "not-found" || kind === "unauthorized" || kind === "forbidden" || kind === "bad-request")
    return "image-refused";
  return kind === "unreachable" ? "registry-unreachable" : "image-pull-failed";
}

function imageFailure(request: ImageRequest, error: unknown): StageFailure {
  const situation = refusalOf(error);
  const hints: Partial<Record<FailureSituation, string>> = {
    "image-refused":
      'check the image\'s name and tag; for a private registry set DOCKER_AUTH_CONFIG; with pull_policy = "never" the image must be on the daemon',
    "registry-unreachable":
      'the Docker daemon can\'t reach the registry; an image that is there already is used with pull_policy = ["always", "if-not-present"] in config.toml',
  };
  return new StageFailure(
    situation,
    `failed to pull image "${request.image}" with specified policies [${request.pullPolicies.join(" ")}]: ${(error as Error).message}`,
    { hint: hints[situation] ?? "", cause: error },
  );
}
