import { describe, expect, it } from "vitest";
import { pipelineOf, valuesOf } from "./compiling.ts";

/** A pipeline that tests, builds an image with its own docker:dind, and deploys it. */
const dindPipeline = `
image: docker
services:
  - docker:dind

variables:
  DOCKER_DRIVER: overlay2
  DOCKER_TLS_CERTDIR: ''
  IMAGE: $CI_REGISTRY/$CI_PROJECT_PATH

stages:
  - test
  - build
  - deploy

test:
  stage: test
  image: python:3.8-slim
  before_script:
    - pip install -r requirements.txt
  script:
    - python -m unittest discover

build:
  stage: build
  before_script:
    - docker login -u gitlab-ci-token -p $CI_JOB_TOKEN $CI_REGISTRY
  script:
    - docker pull $IMAGE:latest || true
    - docker build --cache-from $IMAGE:latest -t $CI_REGISTRY/$CI_PROJECT_PATH:$CI_COMMIT_SHORT_SHA .
    - docker push $CI_REGISTRY/$CI_PROJECT_PATH:$CI_COMMIT_SHORT_SHA
  after_script:
    - docker logout $CI_REGISTRY

deploy:
  stage: deploy
  script:
    - docker pull $CI_REGISTRY/$CI_PROJECT_PATH:$CI_COMMIT_SHORT_SHA
    - docker run --rm $CI_REGISTRY/$CI_PROJECT_PATH:$CI_COMMIT_SHORT_SHA
`;

/** A pipeline whose dependencies travel as cache and artifacts to a test and an image build. */
const socketPipeline = `
stages:
  - dependencies
  - test
  - build_image

composer:
  stage: dependencies
  image: composer:2
  cache:
    key: \${CI_COMMIT_REF_SLUG}
    paths:
      - vendor/
  script:
    - composer install --no-interaction
  artifacts:
    expire_in: 1 hour
    paths:
      - vendor/

phpunit:
  stage: test
  image: php:8.2-cli
  dependencies:
    - composer
  script:
    - vendor/bin/phpunit

build_image:
  stage: build_image
  image: docker:24
  dependencies: [composer]
  before_script:
    - docker login -u "$CI_REGISTRY_USER" -p "$CI_REGISTRY_PASSWORD" $CI_REGISTRY
  script:
    - docker build -t "$CI_REGISTRY_IMAGE:$CI_COMMIT_REF_SLUG" .
    - docker push "$CI_REGISTRY_IMAGE:$CI_COMMIT_REF_SLUG"
  only:
    - main
    - tags
`;

describe("a pipeline that builds an image with docker:dind", () => {
  const pipeline = pipelineOf(dindPipeline);

  it("runs its three stages in the order of the file", () => {
    expect(pipeline).toMatchObject({ stages: ["test", "build", "deploy"], warnings: [] });
    expect(
      pipeline.jobs.map((job) => [job.name, job.stage, job.image?.name, job.services.map((one) => one.name)]),
    ).toEqual([
      ["test", "test", "python:3.8-slim", ["docker:dind"]],
      ["build", "build", "docker", ["docker:dind"]],
      ["deploy", "deploy", "docker", ["docker:dind"]],
    ]);
  });

  it("keeps an empty DOCKER_TLS_CERTDIR, and variables for the agent to expand", () => {
    const build = pipeline.jobs[1];
    if (build === undefined) throw new Error("no build");
    expect(valuesOf(build)).toEqual({
      DOCKER_DRIVER: "overlay2",
      DOCKER_TLS_CERTDIR: "",
      IMAGE: "$CI_REGISTRY/$CI_PROJECT_PATH",
    });
    expect(build.beforeScript).toEqual(["docker login -u gitlab-ci-token -p $CI_JOB_TOKEN $CI_REGISTRY"]);
    expect(build.script[0]).toBe("docker pull $IMAGE:latest || true");
    expect(build.afterScript).toEqual(["docker logout $CI_REGISTRY"]);
  });
});

describe("a pipeline that passes its dependencies on", () => {
  it("caches by the ref's slug and hands vendor/ to the later stages", () => {
    const pipeline = pipelineOf(socketPipeline);
    expect(pipeline.stages).toEqual(["dependencies", "test", "build_image"]);
    expect(pipeline.jobs).toMatchObject([
      {
        name: "composer",
        caches: [{ key: "${CI_COMMIT_REF_SLUG}", paths: ["vendor/"], policy: "pull-push" }],
        artifacts: { paths: ["vendor/"], expireIn: "1 hour" },
        dependencies: null,
      },
      { name: "phpunit", dependencies: ["composer"], caches: [], artifacts: null },
      { name: "build_image", dependencies: ["composer"], needs: null },
    ]);
  });

  it("builds the image on main and for tags, and not elsewhere", () => {
    const on = (name: string, type: "branch" | "tag"): readonly string[] =>
      pipelineOf(socketPipeline, { ref: { name, type, source: "push" } }).jobs.map((job) => job.name);
    expect(on("main", "branch")).toContain("build_image");
    expect(on("v1", "tag")).toContain("build_image");
    expect(on("feature", "branch")).toEqual(["composer", "phpunit"]);
  });
});
