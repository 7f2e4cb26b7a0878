import { uploadMoments } from "./cache.ts";
import { parseDuration } from "./duration.ts";
import { child, children, choiceOf, flagOf, isMapField, mapOf, reject, textOf, textsOf, type Field } from "./field.ts";
import { checkKeywords, keywordTables, words } from "./keywords.ts";
import type { PipelineArtifacts } from "./pipeline.ts";
import { nearest } from "./problems.ts";

const reportTypes: readonly string[] = words(`
    junit dotenv accessibility annotations api_fuzzing browser_performance
    cluster_image_scanning codequality container_scanning coverage_fuzzing coverage_report
    cyclonedx dast sast metrics dependency_scanning license_scanning load_performance lsif
    performance repository_xray terraform requirements requirements_v2 sarif secret_detection
    cobertura cluster_applications sbom
  `);

const coverageFormats = ["cobertura", "jacoco"] as const;

/** `artifacts:`. What only GitLab's pages show (expose_as, public, access) is dropped. */
export function readArtifacts(field: Field): PipelineArtifacts | null {
  const map = mapOf(field, "artifacts");
  if (map === null) return null;
  checkKeywords(map, keywordTables.artifacts, "'artifacts'");
  const name = child(map, "name");
  const paths = child(map, "paths");
  const exclude = child(map, "exclude");
  const untracked = child(map, "untracked");
  const moment = child(map, "when");
  const expireIn = child(map, "expire_in");
  const reports = child(map, "reports");
  return {
    name: name === null ? "" : (textOf(name) ?? ""),
    paths: paths === null ? [] : textsOf(paths),
    exclude: exclude === null ? [] : textsOf(exclude),
    untracked: untracked === null ? false : (flagOf(untracked) ?? false),
    when: (moment === null ? null : choiceOf(moment, uploadMoments)) ?? "on_success",
    expireIn: expireIn === null ? "" : readExpiry(expireIn),
    reports: reports === null ? {} : readReports(reports),
  };
}

function readExpiry(field: Field): string {
  const text = textOf(field);
  if (text === null) return "";
  if (text !== "never" && parseDuration(text) === null) {
    reject(field, `'${text}' is no duration.`, "Write e.g. `1 week`, `3 days` or `never`.");
  }
  return text;
}

function readReports(field: Field): Readonly<Record<string, readonly string[]>> {
  const map = mapOf(field, "artifacts:reports");
  if (map === null) return {};
  const reports = new Map<string, readonly string[]>();
  for (const report of children(map)) {
    if (report.node.kind === "scalar" && report.node.type === "null") continue;
    if (!reportTypes.includes(report.key)) {
      const meant = nearest(report.key, reportTypes);
      reject(
        report,
        `'${report.key}' is no type of report.`,
        meant === null ? "Use junit, dotenv, ..." : `Did you mean '${meant}'?`,
      );
    } else if (report.key === "coverage_report") {
      const coverage = readCoverage(report);
      if (coverage !== null) reports.set(...coverage);
    } else {
      reports.set(report.key, textsOf(report, { single: true }));
    }
  }
  return Object.fromEntries(reports);
}

/** Under the name of its format, which is the type that the runner protocol has for it. */
function readCoverage(field: Field): [string, readonly string[]] | null {
  if (!isMapField(field)) {
    return reject(field, "coverage_report has to be a map.", "Give it coverage_format: and path:.");
  }
  checkKeywords(field, keywordTables.coverageReport, "'coverage_report'");
  const formatField = child(field, "coverage_format");
  const pathField = child(field, "path");
  if (formatField === null || pathField === null) {
    return reject(field, "coverage_report needs coverage_format and path.", "Add the one that is missing.");
  }
  const format = choiceOf(formatField, coverageFormats);
  const path = textOf(pathField);
  return format === null || path === null ? null : [format, [path]];
}
