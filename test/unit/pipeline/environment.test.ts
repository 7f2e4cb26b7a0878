import { describe, expect, it } from "vitest";
import { environmentSlug } from "../../../src/pipeline/environment.ts";
import { jobOf, messagesOf, valuesOf } from "./compiling.ts";

describe("environment", () => {
  it("gives the job its name, slug and url", () => {
    const text =
      "variables: {APP: shop}\na: {script: x, environment: {name: review/$APP, url: https://$CI_ENVIRONMENT_SLUG.example.com, on_stop: b}}\n";
    expect(valuesOf(jobOf(text))).toEqual({
      APP: "shop",
      CI_ENVIRONMENT_NAME: "review/shop",
      CI_ENVIRONMENT_SLUG: environmentSlug("review/shop"),
      CI_ENVIRONMENT_URL: "https://$CI_ENVIRONMENT_SLUG.example.com",
    });
    expect(valuesOf(jobOf("a: {script: x, environment: production}\n"))).toEqual({
      CI_ENVIRONMENT_NAME: "production",
      CI_ENVIRONMENT_SLUG: "production",
    });
  });

  it.each([
    ["production", /^production$/],
    ["staging-1234567890123456", /^staging-1234567890123456$/],
    ["staging-12345678901234567", /^staging-123456789-[0-9a-z]{6}$/],
    ["9-staging", /^env-9-staging-[0-9a-z]{6}$/],
    ["PRODUCTION", /^production-[0-9a-z]{6}$/],
    ["review/a--b", /^review-a-b-[0-9a-z]{6}$/],
  ])("makes a slug of %s", (name, slug) => {
    expect(environmentSlug(name)).toMatch(slug);
  });

  it.each([
    ["environment: {url: a}", "The environment has no name."],
    ["environment: 'a!'", "'a!' is no name of an environment."],
    ["environment: {name: a, action: begin}", "'begin' is not one of the values of 'action'."],
  ])("%s is refused", (line, message) => {
    expect(messagesOf(`a: {script: x, ${line}}\n`)[0]).toContain(message);
  });
});
