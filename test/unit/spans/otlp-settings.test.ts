import { describe, expect, it } from "vitest";
import { otlpSettings } from "../../../src/spans/otlp-settings.ts";

const endpointOf = (env: Record<string, string>) => otlpSettings(env).endpoint;

describe("the endpoint", () => {
  it("is none when the environment names none", () => {
    expect(otlpSettings({})).toEqual({
      disabled: false,
      endpoint: null,
      serviceName: "longshore",
      resource: {},
      problems: [],
    });
    expect(endpointOf({ OTEL_EXPORTER_OTLP_ENDPOINT: "" })).toBeNull();
  });

  it.each([
    ["http://collector:4318", "http://collector:4318/v1/traces"],
    ["http://collector:4318/", "http://collector:4318/v1/traces"],
    ["https://collector/otlp", "https://collector/otlp/v1/traces"],
  ])("for all signals %s gets the path of traces", (base, url) => {
    expect(endpointOf({ OTEL_EXPORTER_OTLP_ENDPOINT: base })?.url).toBe(url);
  });

  it("for traces is taken as it is, and wins", () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://all:4318",
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://traces/in",
    };
    expect(endpointOf(env)?.url).toBe("http://traces/in");
  });

  it.each(["collector:4317", "grpc://collector:4317", "no url"])("that is %s is a problem, not a crash", (text) => {
    const { endpoint, problems } = otlpSettings({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: text });
    expect(endpoint).toBeNull();
    expect(problems).toEqual(["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is not an http or https URL; no spans are exported"]);
  });

  it("has the headers of both variables, decoded, those for traces winning", () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://c",
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Basic%20abc==, x-a=1,broken,=2",
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-a=2,x-b=100%",
    };
    expect(endpointOf(env)?.headers).toEqual({ authorization: "Basic abc==", "x-a": "2", "x-b": "100%" });
  });

  it("speaks protobuf unless JSON is asked for, and says so of gRPC", () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c" };
    expect(endpointOf(env)).toMatchObject({ format: "protobuf", compression: "none", timeoutMs: 10_000 });
    const json = { ...env, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc", OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json" };
    expect(endpointOf(json)?.format).toBe("json");
    expect(otlpSettings({ ...env, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" })).toMatchObject({
      endpoint: { format: "protobuf" },
      problems: ["OTEL_EXPORTER_OTLP_PROTOCOL=grpc is not supported, http/protobuf is spoken"],
    });
  });

  it.each([
    ["2500", 2_500],
    ["0", 10_000],
    ["-1", 10_000],
    ["soon", 10_000],
    ["9999999", 10_000],
  ])("has a time limit of its own: %s is %i ms", (text, timeoutMs) => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c", OTEL_EXPORTER_OTLP_TIMEOUT: text };
    expect(endpointOf(env)?.timeoutMs).toBe(timeoutMs);
  });

  it("knows compression and certificates", () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "https://c",
      OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
      OTEL_EXPORTER_OTLP_CERTIFICATE: "/ca.pem",
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: "/cert.pem",
      OTEL_EXPORTER_OTLP_CLIENT_KEY: "/key.pem",
    };
    const tls = { caFile: "/ca.pem", certFile: "/cert.pem", keyFile: "/key.pem" };
    expect(endpointOf(env)).toMatchObject({ compression: "gzip", tls });
  });
});

describe("the resource", () => {
  it("is named by OTEL_SERVICE_NAME before service.name among the attributes", () => {
    const env = { OTEL_RESOURCE_ATTRIBUTES: "service.name=ci,deployment.environment.name=prod%2Feu" };
    const resource = { "deployment.environment.name": "prod/eu" };
    expect(otlpSettings(env)).toMatchObject({ serviceName: "ci", resource });
    expect(otlpSettings({ ...env, OTEL_SERVICE_NAME: "runners" })).toMatchObject({ serviceName: "runners", resource });
  });
});

it.each([
  [{ OTEL_SDK_DISABLED: "true" }, true],
  [{ OTEL_SDK_DISABLED: "TRUE" }, true],
  [{ OTEL_SDK_DISABLED: "1" }, false],
  [{ OTEL_TRACES_EXPORTER: "none" }, true],
  [{ OTEL_TRACES_EXPORTER: "otlp" }, false],
])("%j: disabled is %s", (env, disabled) => {
  expect(otlpSettings(env).disabled).toBe(disabled);
});
