/** How GitLab wants each kind of report, and what it calls the file. Pure. */
interface ReportType {
  readonly format: "gzip" | "raw" | "zip";
  readonly filename: string;
}

const gzip = (filename: string): ReportType => ({ format: "gzip", filename });
const raw = (filename: string): ReportType => ({ format: "raw", filename });

/** `artifacts:reports` keys, as they appear in artifact_type. */
export const reportTypes: Readonly<Record<string, ReportType>> = {
  accessibility: raw("gl-accessibility.json"),
  annotations: gzip("gl-annotations.json"),
  api_fuzzing: raw("gl-api-fuzzing-report.json"),
  browser_performance: raw("browser-performance.json"),
  cobertura: gzip("cobertura-coverage.xml"),
  codequality: raw("gl-code-quality-report.json"),
  container_scanning: raw("gl-container-scanning-report.json"),
  coverage_fuzzing: raw("gl-coverage-fuzzing.json"),
  cyclonedx: gzip("gl-sbom.cdx.json"),
  dast: raw("gl-dast-report.json"),
  dependency_scanning: raw("gl-dependency-scanning-report.json"),
  dotenv: gzip(".env"),
  jacoco: gzip("jacoco-coverage.xml"),
  junit: gzip("junit.xml"),
  load_performance: raw("load-performance.json"),
  lsif: { format: "zip", filename: "lsif.json" },
  metrics: gzip("metrics.txt"),
  performance: raw("performance.json"),
  requirements: raw("requirements.json"),
  sast: raw("gl-sast-report.json"),
  secret_detection: raw("gl-secret-detection-report.json"),
  terraform: raw("tfplan.json"),
};

const archiveFormats: readonly string[] = ["zip", "zipzstd", "tarzstd"];

/** Whether GitLab stores an artifact of this type in this format; both already have their defaults. */
export function isKnownArtifact(type: string, format: string): boolean {
  if (type === "archive") return archiveFormats.includes(format);
  if (type === "metadata") return format === "gzip";
  return reportTypes[type]?.format === format;
}
