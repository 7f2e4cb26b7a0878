import { describe, expect, test } from "vitest";
import {
  effectivePullPolicies,
  matchesAny,
  privilegedFor,
  requireAllowed,
  requireAllowedUser,
} from "../../../src/job/policy.ts";

describe("a pattern of images", () => {
  test.each([
    ["ruby:*", "ruby:3.3", true],
    ["ruby:*", "ruby", false],
    ["ruby:*", "mirror/ruby:3.3", false],
    ["registry.test:5000/*:*", "registry.test:5000/app:1", true],
    ["registry.test:5000/*:*", "registry.test:5000/group/app:1", false],
    ["registry.test:5000/**/*:*", "registry.test:5000/group/deep/app:1", true],
    ["**", "any/thing:at-all", true],
    ["*", "any/thing", false],
    ["{ruby,python}:3.?", "python:3.9", true],
    ["{ruby,python}:3.?", "python:3.12", false],
    ["docker:[0-9]*-dind", "docker:27-dind", true],
    ["ruby:3.3", "ruby:3x3", false],
  ])("%j and %j: %j", (pattern, image, expected) => {
    expect(matchesAny(image, [pattern])).toBe(expected);
  });

  test("that is malformed matches nothing, and the others of its list still hold", () => {
    expect(matchesAny("ruby:3", ["[", "{", "ruby:*"])).toBe(true);
    expect(matchesAny("[", ["["])).toBe(false);
    expect(privilegedFor("ruby:3", ["["])).toBe(false);
  });
});

describe("allowed images", () => {
  test("are all images when nothing is listed", () => {
    expect(() => requireAllowed("images", "anything", [], [])).not.toThrow();
  });

  test("hold what the admin configured, listed or not", () => {
    expect(() => requireAllowed("images", "debian", ["ruby:*"], ["debian"])).not.toThrow();
  });

  test("are named when another is refused", () => {
    expect(() => requireAllowed("services", "mysql:8", ["postgres:*", "redis"], [])).toThrow(
      'The "mysql:8" image is not present on list of allowed services: postgres:*, redis',
    );
  });
});

describe("pull policies", () => {
  const policies = (requested: string[], configured: string[], allowed: string[]) =>
    effectivePullPolicies("app", requested, configured, allowed);

  test.each([
    [[], [], [], ["always"]],
    [[], ["if-not-present", "always"], [], ["if-not-present", "always"]],
    [["never"], ["always", "never"], [], ["never"]],
    [["always"], [], [], ["always"]],
    [["never", "always"], ["if-not-present"], ["always", "never"], ["never", "always"]],
    [[], ["always", "if-not-present"], ["if-not-present"], ["if-not-present"]],
  ])("asked %j, configured %j, allowed %j: %j", (requested, configured, allowed, expected) => {
    expect(policies(requested, configured, allowed)).toEqual(expected);
  });

  test.each([
    [["if-not-present"], [], [], "GitLab pipeline config", "author"],
    [[], ["always"], ["never"], "Runner config", "admin"],
    [[], [], ["never"], "Runner config (default)", "admin"],
  ])("asked %j, configured %j, allowed %j: refused as the %s's", (requested, configured, allowed, origin, audience) => {
    expect(() => policies(requested, configured, allowed)).toThrow(
      expect.objectContaining({
        code: "PULL_POLICY_NOT_ALLOWED",
        audience,
        message: expect.stringContaining(`defined in ${origin} is not`) as string,
      }) as Error,
    );
  });
});

describe("users", () => {
  test.each([
    ["", "", ["www-data"]],
    ["anyone", "", []],
    ["www-data", "www-data", []],
    ["1000", "", ["www-data", "1000"]],
  ])("%j is allowed with user = %j and allowed_users = %j", (user, configured, allowed) => {
    expect(() => requireAllowedUser(user, configured, allowed)).not.toThrow();
  });

  test.each([
    ["root", "www-data", []],
    ["root", "", ["www-data"]],
    ["root", "root", ["www-data"]],
  ])("%j is refused with user = %j and allowed_users = %j", (user, configured, allowed) => {
    expect(() => requireAllowedUser(user, configured, allowed)).toThrow("is not an allowed user");
  });
});
