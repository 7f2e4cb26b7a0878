/** One receiver of spans over OTLP/HTTP. */
export interface OtlpEndpoint {
  /** Nothing is appended to it. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly format: "protobuf" | "json";
  readonly compression: "gzip" | "none";
  readonly timeoutMs: number;
  /** Paths of PEM files; "" for none. */
  readonly tls: { readonly caFile: string; readonly certFile: string; readonly keyFile: string };
}

/** What OTEL_* says about the export of spans. */
export interface OtlpSettings {
  /** OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER=none: nothing is exported, wherever else it is asked for. */
  readonly disabled: boolean;
  /** null: none is named. */
  readonly endpoint: OtlpEndpoint | null;
  readonly serviceName: string;
  readonly resource: Readonly<Record<string, string>>;
  /** Settings that can't be obeyed, one line each. */
  readonly problems: readonly string[];
}

export const defaultTimeoutMs = 10_000;
const defaultServiceName = "longshore";

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads OTEL_* as OpenTelemetry's specification of environment variables has them; those for traces win. */
export function otlpSettings(env: Environment): OtlpSettings {
  const problems: string[] = [];
  const named = (key: string): string => env[key]?.trim() ?? "";
  const forTraces = (key: string): string =>
    named(`OTEL_EXPORTER_OTLP_TRACES_${key}`) || named(`OTEL_EXPORTER_OTLP_${key}`);
  const { "service.name": serviceName = "", ...resource } = pairs(named("OTEL_RESOURCE_ATTRIBUTES"));
  const url = endpointUrl(named("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), named("OTEL_EXPORTER_OTLP_ENDPOINT"), problems);
  const protocol = forTraces("PROTOCOL") || "http/protobuf";
  if (url !== null && !protocol.startsWith("http/")) {
    problems.push(`OTEL_EXPORTER_OTLP_PROTOCOL=${protocol} is not supported, http/protobuf is spoken`);
  }
  const timeout = Number(forTraces("TIMEOUT"));
  const endpoint: OtlpEndpoint | null =
    url === null
      ? null
      : {
          url,
          headers: {
            ...pairs(named("OTEL_EXPORTER_OTLP_HEADERS")),
            ...pairs(named("OTEL_EXPORTER_OTLP_TRACES_HEADERS")),
          },
          format: protocol === "http/json" ? "json" : "protobuf",
          compression: forTraces("COMPRESSION") === "gzip" ? "gzip" : "none",
          timeoutMs: timeout > 0 && timeout <= longestTimeoutMs ? timeout : defaultTimeoutMs,
          tls: {
            caFile: forTraces("CERTIFICATE"),
            certFile: forTraces("CLIENT_CERTIFICATE"),
            keyFile: forTraces("CLIENT_KEY"),
          },
        };
  return {
    disabled: named("OTEL_SDK_DISABLED").toLowerCase() === "true" || named("OTEL_TRACES_EXPORTER") === "none",
    endpoint,
    serviceName: named("OTEL_SERVICE_NAME") || serviceName || defaultServiceName,
    resource,
    problems,
  };
}

/** The end of the agent waits for its last spans that long at most. */
const longestTimeoutMs = 60_000;

function endpointUrl(ofTraces: string, base: string, problems: string[]): string | null {
  const [name, text] =
    ofTraces === ""
      ? ["OTEL_EXPORTER_OTLP_ENDPOINT", base === "" ? "" : `${base.replace(/\/+$/, "")}/v1/traces`]
      : ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", ofTraces];
  if (text === "") return null;
  if (isHttpUrl(text)) return text;
  problems.push(`${name} is not an http or https URL; no spans are exported`);
  return null;
}

export function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === "http:" || url.protocol === "https:");
}

/** `key=value,key=value`, the values percent-encoded; what is neither is left out. */
function pairs(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const part of text.split(",")) {
    const at = part.indexOf("=");
    const key = part.slice(0, Math.max(at, 0)).trim();
    if (key === "") continue;
    const value = part.slice(at + 1).trim();
    try {
      found[key] = decodeURIComponent(value);
    } catch {
      found[key] = value;
    }
  }
  return found;
}
