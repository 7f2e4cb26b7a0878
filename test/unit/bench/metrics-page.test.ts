import { expect, test } from "vitest";
import { metricQuantile } from "../../../bench/metrics-page.ts";

const page = `# HELP x_seconds Something
# TYPE x_seconds summary
x_seconds{quantile="0.5"} 0.001
x_seconds{a="b",quantile="0.99"} 0.0425
x_seconds_sum 3
`;

test("reads the quantile of a metric, whatever other labels it has", () => {
  expect(metricQuantile(page, "x_seconds", "0.99")).toBe(0.0425);
  expect(metricQuantile(page, "x_seconds", "0.5")).toBe(0.001);
});

test("a metric or quantile that isn't there is null", () => {
  expect(metricQuantile(page, "x_seconds", "0.9")).toBeNull();
  expect(metricQuantile(page, "seconds", "0.5")).toBeNull();
});
