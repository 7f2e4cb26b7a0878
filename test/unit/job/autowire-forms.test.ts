import { describe, expect, it } from "vitest";
import { autowireForm, type Form, planOf } from "./autowire-scene.ts";
import { dindImage, dockerImage, misfit, modelDaemon, otherImage } from "./dind-model.ts";

const custom = { name: "registry.example/group/my-dind" };
const withVolume = 'privileged = true\nvolumes = ["/certs/client", "/cache"]';

/** As people write them; `unhelped` is what they would meet, in the words of `misfit`. */
const forms: Readonly<Record<string, Form & { readonly unhelped: { docker: string; other: string } }>> = {
  "documented with TLS": {
    variables: { DOCKER_TLS_CERTDIR: "/certs" },
    docker: withVolume,
    unhelped: { docker: "", other: "no address" },
  },
  "documented with TLS, every variable set": {
    variables: {
      DOCKER_HOST: "tcp://docker:2376",
      DOCKER_TLS_CERTDIR: "/certs",
      DOCKER_TLS_VERIFY: "1",
      DOCKER_CERT_PATH: "$DOCKER_TLS_CERTDIR/client",
    },
    docker: withVolume,
    unhelped: { docker: "", other: "" },
  },
  "documented with TLS turned off": {
    variables: { DOCKER_HOST: "tcp://docker:2375", DOCKER_TLS_CERTDIR: "" },
    unhelped: { docker: "dockerd waits", other: "dockerd waits" },
  },
  "documented with TLS turned off by an alias and a command": {
    variables: { DOCKER_HOST: "tcp://docker:2375", DOCKER_TLS_CERTDIR: "" },
    services: [{ name: "docker:dind", alias: "docker", command: ["--tls=false"] }],
    unhelped: { docker: "", other: "" },
  },
  "TLS without a volume for certificates": {
    variables: { DOCKER_TLS_CERTDIR: "/certs" },
    unhelped: { docker: "the daemon listens on 2376, not 2375", other: "no address" },
  },
  "nothing set at all": { unhelped: { docker: "the daemon listens on 2376, not 2375", other: "no address" } },
  "DOCKER_DRIVER and an empty DOCKER_TLS_CERTDIR": {
    variables: { DOCKER_DRIVER: "overlay2", DOCKER_TLS_CERTDIR: "" },
    unhelped: { docker: "dockerd waits", other: "no address" },
  },
  "DOCKER_HOST on 2375 alone": {
    variables: { DOCKER_HOST: "tcp://docker:2375" },
    unhelped: { docker: "the daemon listens on 2376, not 2375", other: "the daemon listens on 2376, not 2375" },
  },
  "DOCKER_HOST on 2375 alone, and a volume with certificates of an earlier job": {
    variables: { DOCKER_HOST: "tcp://docker:2375" },
    docker: withVolume,
    unhelped: { docker: "the daemon listens on 2376, not 2375", other: "the daemon listens on 2376, not 2375" },
  },
  "DOCKER_HOST on 2375 and DOCKER_TLS_CERTDIR": {
    variables: { DOCKER_HOST: "tcp://docker:2375", DOCKER_TLS_CERTDIR: "/certs" },
    docker: withVolume,
    unhelped: { docker: "the daemon listens on 2376, not 2375", other: "the daemon listens on 2376, not 2375" },
  },
  "DOCKER_HOST on 2376 alone": {
    variables: { DOCKER_HOST: "tcp://docker:2376" },
    unhelped: { docker: "HTTP request to an HTTPS server", other: "HTTP request to an HTTPS server" },
  },
  "DOCKER_HOST on 2376 and an empty DOCKER_TLS_CERTDIR": {
    variables: { DOCKER_HOST: "tcp://docker:2376", DOCKER_TLS_CERTDIR: "" },
    unhelped: { docker: "the daemon listens on 2375, not 2376", other: "the daemon listens on 2375, not 2376" },
  },
  "another directory for certificates": {
    variables: { DOCKER_TLS_CERTDIR: "/tls/of/docker" },
    unhelped: { docker: "the daemon listens on 2376, not 2375", other: "no address" },
  },
  "DOCKER_TLS_CERTDIR for the service alone": {
    services: [{ name: "docker:dind", variables: { DOCKER_TLS_CERTDIR: "" } }],
    docker: withVolume,
    unhelped: { docker: "the daemon listens on 2375, not 2376", other: "no address" },
  },
  "a command that turns TLS off, and DOCKER_TLS_CERTDIR forgotten": {
    services: [{ name: "docker:dind", command: ["--tls=false"] }],
    unhelped: { docker: "the daemon listens on 2376, not 2375", other: "no address" },
  },
  "an image of another name": {
    services: [custom],
    unhelped: { docker: "no service is called docker", other: "no address" },
  },
  "an alias of the user's": {
    variables: { DOCKER_HOST: "tcp://daemon:2375", DOCKER_TLS_CERTDIR: "" },
    services: [{ ...custom, alias: "daemon" }],
    unhelped: { docker: "dockerd waits", other: "dockerd waits" },
  },
  "options for the daemon": {
    variables: { DOCKER_TLS_CERTDIR: "" },
    services: [{ name: "docker:dind", command: ["--registry-mirror", "https://mirror.example", "--mtu=1360"] }],
    unhelped: { docker: "dockerd waits", other: "no address" },
  },
  "dockerd with an address, as its command": {
    variables: { DOCKER_HOST: "tcp://docker:2375", DOCKER_TLS_CERTDIR: "" },
    services: [{ name: "docker:dind", command: ["dockerd", "--host=tcp://0.0.0.0:2375"] }],
    unhelped: { docker: "dockerd waits", other: "dockerd waits" },
  },
  "dockerd alone as its command": {
    variables: { DOCKER_TLS_CERTDIR: "" },
    services: [{ name: "docker:dind", command: ["dockerd", "--debug"] }],
    unhelped: { docker: "the daemon listens on , not 2375", other: "no address" },
  },
  "a DOCKER_HOST of the job's image": {
    build: { ...otherImage, env: ["DOCKER_HOST=tcp://docker:2375"] },
    unhelped: { docker: "the daemon listens on 2376, not 2375", other: "the daemon listens on 2376, not 2375" },
  },
  "two daemons": {
    variables: { DOCKER_TLS_CERTDIR: "/certs" },
    services: [{ name: "docker:dind" }, { name: "docker:24-dind", alias: "older" }],
    unhelped: { docker: "the daemon listens on 2376, not 2375", other: "no address" },
  },
};

describe.each(Object.entries(forms))("a dind in the form: %s", (_, { unhelped, ...form }) => {
  const images = (build = form.build ?? dockerImage) => ({ dind: form.dind ?? dindImage, build });

  it("would go as people report it without the runner's help", () => {
    expect(misfit(planOf(form), images())).toBe(unhelped.docker);
    expect(misfit(planOf(form), images(form.build ?? otherImage))).toBe(unhelped.other);
  });

  it("answers the job's docker, whatever image that comes in", () => {
    expect(misfit(autowireForm(form).plan, images())).toBe("");
    const build = form.build ?? otherImage;
    expect(misfit(autowireForm({ ...form, build }).plan, images(build))).toBe("");
  });

  it("is asked whether it is ready as the job's docker will ask it", () => {
    const { plan } = autowireForm(form);
    const ready = plan.services.map(({ readiness }) => readiness);
    for (const [index, readiness] of ready.entries()) {
      if (readiness.kind !== "docker-api") throw new Error(`service ${index} is asked for its ports`);
      const { container } = plan.services[index] as (typeof plan.services)[number];
      const daemon = modelDaemon(container, form.dind ?? dindImage);
      expect(daemon.ports).toContain(readiness.port);
      expect(readiness.tls).toBe(daemon.tls);
      expect(container.aliases).toContain(readiness.host);
      expect(readiness.certificates === null).toBe(!daemon.tls);
    }
  });

  it("is told in at most 8 lines, with a reason in each", () => {
    const { report } = autowireForm({
      ...form,
      mtu: 1400,
      surroundings: { registryMirrors: ["https://mirror.test/"] },
    });
    expect(report.length).toBeLessThanOrEqual(9);
    expect(report[0]).toMatch(/^Docker daemon of this job, services? .*LONGSHORE_DIND_AUTOWIRE=false/);
    for (const line of report.slice(1)) expect(line).toMatch(/^ {2}\S.*: \S/);
  });
});
