import type { TestCoordinator } from "../../support/coordinator.ts";

/** `register --non-interactive` for a coordinator's runner, with further flags by their names. */
export function registration(
  { url, runner }: TestCoordinator,
  docker: Readonly<Record<string, string>>,
): readonly string[] {
  const flags = { url, token: runner.token, executor: "docker", "docker-pull-policy": "if-not-present", ...docker };
  return ["register", "--non-interactive", ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])];
}
