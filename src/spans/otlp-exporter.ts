import { readFile } from "node:fs/promises";
import {
  type Context,
  type HrTime,
  ROOT_CONTEXT,
  type Span as OtelSpan,
  SpanStatusCode,
  trace,
  TraceFlags,
} from "@opentelemetry/api";
import { OTLPExporterBase } from "@opentelemetry/otlp-exporter-base";
import { createOtlpHttpExportDelegate, httpAgentFactoryFromOptions } from "@opentelemetry/otlp-exporter-base/node-http";
import {
  JsonTraceSerializer,
  ProtobufTraceSerializer,
  TraceExporterMetricsHelper,
} from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AlwaysOnSampler, BatchSpanProcessor, type ReadableSpan, TracerProvider } from "@opentelemetry/sdk-trace";
import type { JobReport, TracingWish } from "./job-report.ts";
import { jobAttributes, partAttributes } from "./otlp-attributes.ts";
import type { OtlpEndpoint } from "./otlp-settings.ts";
import type { SpanAttributes } from "./span.ts";

/** GitLab Runner's name for the span of a whole job. */
const jobSpanName = "job_execution";
/** Spans that wait; those of jobs that end while they can't be sent are dropped beyond it. */
const mostWaiting = 4_096;
const requestsAtOnce = 4;

export interface OtlpExporter {
  /** Queues the spans of one job. */
  add(report: JobReport): void;
  /** Sends what waits, once. Never rejects; bounded by the endpoint's time limit. */
  close(): Promise<void>;
}

/**
 * Sends jobs' spans to one receiver. This file alone loads OpenTelemetry's libraries, so it is imported when there is
 * a receiver. The library's own class for this adds the headers of OTEL_EXPORTER_OTLP_HEADERS to every request, and
 * those are not for receivers that a coordinator names: hence its parts.
 */
export async function openOtlpExporter(
  endpoint: OtlpEndpoint,
  about: { readonly resource: SpanAttributes; readonly version: string },
  onProblem: (problem: string) => void,
): Promise<OtlpExporter> {
  const { format, compression, timeoutMs, headers, url } = endpoint;
  const contentType = format === "json" ? "application/json" : "application/x-protobuf";
  const delegate = createOtlpHttpExportDelegate(
    {
      url,
      headers: () => Promise.resolve({ ...headers, "Content-Type": contentType }),
      timeoutMillis: timeoutMs,
      concurrencyLimit: requestsAtOnce,
      compression,
      agentFactory: httpAgentFactoryFromOptions(await tlsOptions(endpoint)),
      userAgent: `longshore/${about.version}`,
    },
    format === "json" ? JsonTraceSerializer : ProtobufTraceSerializer,
    "otlp_http_span_exporter",
    TraceExporterMetricsHelper,
    undefined,
  );
  const exporter = new OTLPExporterBase<ReadableSpan[]>(delegate);
  const processor = new BatchSpanProcessor({
    exporter: {
      export: (spans, done) =>
        exporter.export(spans, (result) => {
          if (result.error !== undefined) onProblem(result.error.message || result.error.name);
          done(result);
        }),
      shutdown: () => exporter.shutdown(),
    },
    maxQueueSize: mostWaiting,
    exportTimeoutMillis: timeoutMs,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes(about.resource),
    sampler: new AlwaysOnSampler(),
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer("longshore", about.version);
  return {
    add: (report) => {
      const { receivedAt, spans, durationMs, failureReason, tracing } = report;
      const at = (ms: number) => hrTime(receivedAt + ms);
      const start = (name: string, startMs: number, attributes: SpanAttributes, within: Context) =>
        tracer.startSpan(name, { startTime: at(startMs), attributes }, within);
      const outer = parentContext(tracing);
      const job = start(jobSpanName, 0, jobAttributes(report), outer);
      const open = new Map<number | null, OtelSpan>([[null, job]]);
      for (const span of spans) {
        const within = trace.setSpan(outer, open.get(span.parent) ?? job);
        const part = start(span.name, span.startMs, partAttributes(span), within);
        if (span.outcome === "error") part.setStatus({ code: SpanStatusCode.ERROR });
        part.end(at(span.endMs));
        open.set(span.id, part);
      }
      if (failureReason !== "") job.setStatus({ code: SpanStatusCode.ERROR, message: failureReason });
      job.end(at(durationMs));
    },
    // A failure was told by the exporter already.
    close: () => provider.shutdown().catch(() => {}),
  };
}

/** The trace that a coordinator wants the job's spans in; where it names none that is valid, they get one of their own. */
function parentContext(tracing: TracingWish | null): Context {
  const traceId = tracing?.traceId.toLowerCase() ?? "";
  const spanId = tracing?.parentSpanId.toLowerCase() ?? "";
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true });
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}

async function tlsOptions({ tls }: OtlpEndpoint): Promise<Record<string, Buffer | boolean>> {
  const files = { ca: tls.caFile, cert: tls.certFile, key: tls.keyFile };
  // A connection for each batch: the library never closes those that it keeps, and a receiver that one job names is for one batch.
  const options: Record<string, Buffer | boolean> = { keepAlive: false };
  for (const [key, path] of Object.entries(files)) if (path !== "") options[key] = await readFile(path);
  return options;
}
