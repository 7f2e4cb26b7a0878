import { expect, it, vi } from "vitest";
import { otlpSettings } from "../../../src/spans/otlp-settings.ts";
import { SpanExports } from "../../../src/spans/span-exports.ts";
import { systemClock } from "../../../src/support/clock.ts";
import { report } from "./reports.ts";

const loaded = vi.hoisted(() => vi.fn<() => void>());
vi.mock("../../../src/spans/otlp-exporter.ts", () => {
  loaded();
  return { openOtlpExporter: () => Promise.resolve({ add: () => {}, close: () => Promise.resolve() }) };
});

const exportsTo = (env: Record<string, string>) =>
  new SpanExports({ settings: otlpSettings(env), version: "1", clock: systemClock, warn: () => {} });

it("the exporter and its libraries are loaded with the first job that has a receiver, and not before", async () => {
  const idle = exportsTo({});
  idle.take(report());
  await idle.close();
  const wanted = exportsTo({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" });
  expect(loaded).not.toHaveBeenCalled();
  wanted.take(report());
  await wanted.close();
  expect(loaded).toHaveBeenCalledOnce();
});
