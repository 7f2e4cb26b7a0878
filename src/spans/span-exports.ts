import type { Clock } from "../support/clock.ts";
import { messageOf } from "../support/errors.ts";
import type { JobReport } from "./job-report.ts";
import type { OtlpExporter } from "./otlp-exporter.ts";
import { defaultTimeoutMs, isHttpUrl, type OtlpEndpoint, type OtlpSettings } from "./otlp-settings.ts";

export interface SpanExportOptions {
  readonly settings: OtlpSettings;
  /** Of the agent. */
  readonly version: string;
  readonly clock: Clock;
  readonly warn: (text: string) => void;
}

/** GitLab Runner's limit for the receivers that a coordinator names. */
const wishedTimeoutMs = 5_000;
/** Jobs whose spans are on their way to such receivers; those of further ones are dropped. */
const mostWishes = 50;
const mostWarnings = 20;

/**
 * Sends jobs' spans where the environment or the job's coordinator says. Nothing here reaches a job: what fails is
 * one warning for each receiver, and what can't be sent is dropped.
 */
export class SpanExports {
  readonly #options: SpanExportOptions;
  /** Made with the first job. */
  #exporter: Promise<OtlpExporter | null> | null = null;
  readonly #wishes = new Set<Promise<void>>();
  readonly #warned = new Set<string>();

  constructor(options: SpanExportOptions) {
    this.#options = options;
    if (!options.settings.disabled) for (const problem of options.settings.problems) options.warn(problem);
  }

  take(report: JobReport): void {
    const { settings, version } = this.#options;
    if (settings.disabled) return;
    if (settings.endpoint !== null) {
      const { serviceName, resource } = settings;
      const own = { ...resource, "service.name": serviceName, "service.version": version };
      this.#exporter ??= this.#open(settings.endpoint, own);
      const { url } = settings.endpoint;
      this.#exporter
        .then((exporter) => exporter?.add(report))
        .catch((error: unknown) => this.#warn(url, messageOf(error)));
    }
    for (const { url, auth } of report.tracing?.endpoints ?? []) {
      const problem = problemOf(url, auth);
      if (problem !== null) this.#warn(url, problem);
      else this.#send(url, report);
    }
  }

  /** Sends what waits, within the receivers' time limits. */
  async close(): Promise<void> {
    const { settings, clock } = this.#options;
    const over = new AbortController();
    const limit = clock.sleep(settings.endpoint?.timeoutMs ?? defaultTimeoutMs, over.signal).catch(() => {});
    const sent = Promise.all([this.#exporter?.then((exporter) => exporter?.close()), ...this.#wishes]);
    await Promise.race([sent, limit]);
    over.abort(new Error("the last spans are sent"));
  }

  /** Other than the environment's receiver, one that a job names is for that job alone. */
  #send(url: string, report: JobReport): void {
    if (this.#wishes.size >= mostWishes) return;
    const { version } = this.#options;
    const endpoint = { ...plainEndpoint, url };
    const about = { "service.name": "longshore", "service.version": version };
    const sent = this.#open(endpoint, about)
      .then(async (exporter) => {
        exporter?.add(report);
        await exporter?.close();
      })
      .catch((error: unknown) => this.#warn(url, messageOf(error)))
      .finally(() => this.#wishes.delete(sent));
    this.#wishes.add(sent);
  }

  async #open(endpoint: OtlpEndpoint, resource: Readonly<Record<string, string>>): Promise<OtlpExporter | null> {
    const onProblem = (problem: string) => this.#warn(endpoint.url, problem);
    try {
      const { openOtlpExporter } = await import("./otlp-exporter.ts");
      return await openOtlpExporter(endpoint, { resource, version: this.#options.version }, onProblem);
    } catch (error) {
      onProblem(messageOf(error));
      return null;
    }
  }

  #warn(url: string, problem: string): void {
    // Neither the path nor a user in it: both may be secrets.
    const host = URL.parse(url)?.host ?? "an endpoint that is no URL";
    if (this.#warned.has(host) || this.#warned.size >= mostWarnings) return;
    this.#warned.add(host);
    this.#options.warn(`Spans of jobs can't be sent to ${host}: ${problem}; this is said once`);
  }
}

/** Neither the headers nor the certificates of the environment are for receivers that a coordinator names. */
const plainEndpoint: Omit<OtlpEndpoint, "url"> = {
  headers: {},
  format: "protobuf",
  compression: "none",
  timeoutMs: wishedTimeoutMs,
  tls: { caFile: "", certFile: "", keyFile: "" },
};

function problemOf(url: string, auth: string): string | null {
  if (!isHttpUrl(url)) return "only http and https are spoken";
  return auth === "" ? null : `its authentication "${auth}" is not supported`;
}
