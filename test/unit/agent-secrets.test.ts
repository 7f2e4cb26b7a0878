import { expect, test } from "vitest";
import { AgentSecrets } from "../../src/agent-secrets.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { jobPayloadSchema } from "../../src/coordinator/job-payload.ts";
import { otlpSettings } from "../../src/spans/otlp-settings.ts";
import { KnownSecrets } from "../../src/support/known-secrets.ts";

const configText = `[[runners]]
name = "shown"
url = "https://user:url-password@gitlab.example.com"
clone_url = "https://user:clone%2Dpassword@gitlab.example.com"
token = "glrt-runner-token"
executor = "docker"
environment = ["DEPLOY_TOKEN=deploy-token", "MODE=production", "DOCKER_AUTH_CONFIG={\\"auths\\":{\\"a.com\\":{\\"auth\\":\\"dTpvZi1yZWdpc3RyeQ==\\"}}}"]
[runners.cache.s3]
SecretKey = "s3-secret-key"
`;
const { config } = parseConfig(configText, "config.toml", { env: {}, home: "/" });
const variable = (key: string, value: string, masked = false) => ({ key, value, masked, public: true });
const job = jobPayloadSchema.parse({
  id: 7,
  job_info: {},
  token: "glcbt-job-token",
  dependencies: [{ id: 1, token: "of-a-dependency", name: "a" }],
  credentials: [{ type: "registry", url: "a", username: "u", password: "of-the-registry" }],
  git_info: { repo_url: "https://gitlab-ci-token:of-the-clone@example.com/a.git" },
  variables: [
    variable("MASKED", "masked-value", true),
    variable("PLAIN", "plain-value"),
    variable("PROXY", "http://user:proxy-password@proxy:3128"),
    { key: "KEY", value: "line one\nthe second line of a key", file: true, public: false },
  ],
});

function filled() {
  const secrets = new KnownSecrets();
  const known = new AgentSecrets({
    secrets,
    config,
    proxies: { https_proxy: "http://me:own-proxy@proxy:3128", PATH: "/usr/bin:/bin" },
    otlp: otlpSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://a", OTEL_EXPORTER_OTLP_HEADERS: "api-key=otlp-header" }),
  });
  return { secrets, known };
}

const ofConfig =
  "url-password clone-password clone%2Dpassword glrt-runner-token deploy-token of-registry s3-secret-key own-proxy otlp-header";

test("tokens, keys, headers and passwords of the settings are secret, the rest is not", () => {
  const { secrets } = filled();
  for (const each of ofConfig.split(" ")) expect(secrets.hide(each)).toBe("[REDACTED]");
  expect(secrets.hide("shown production /usr/bin:/bin")).toBe("shown production /usr/bin:/bin");
});

test("tokens, logins, masked and file variables of a job are secret until all that it made is gone", () => {
  const { secrets, known } = filled();
  known.ofJob(job);
  const ofJob =
    "glcbt-job-token,of-a-dependency,of-the-registry,of-the-clone,masked-value,proxy-password,the second line of a key";
  for (const each of ofJob.split(",")) expect(secrets.hide(each)).toBe("[REDACTED]");
  expect(secrets.hide("plain-value")).toBe("plain-value");
  known.jobIsGone(7);
  expect(secrets.hide(ofJob)).toBe(ofJob);
});

test("a token that the configuration has no more is none any more, and a new one is", () => {
  const { secrets, known } = filled();
  known.ofConfig(parseConfig(configText.replace("runner-token", "another-token"), "f", { env: {}, home: "/" }).config);
  expect(secrets.hide("glrt-another-token, not glrt-runner-token")).toBe("[REDACTED], not glrt-runner-token");
});
