import type { TestCoordinator } from "../../support/coordinator.ts";

/** What the inputs name: real servers, each in its own way. */
export interface Servers {
  /** Strict, knows `runnerToken` and `registrationToken` and no other token. */
  readonly coordinator: TestCoordinator;
  readonly runnerToken: string;
  readonly registrationToken: string;
  /** Nothing listens there. */
  readonly nobody: string;
  /** HTTPS with a certificate that nobody trusts. */
  readonly untrusted: string;
  /** A web server that is no GitLab. */
  readonly website: string;
}

export interface BadInput {
  readonly name: string;
  readonly args: (servers: Servers) => readonly string[];
  /** config.toml, where there is one. */
  readonly config?: (servers: Servers) => string;
  /** Other files, by name, in the working directory. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly exit: 1 | 2;
  readonly says: RegExp;
  readonly fix: RegExp;
}

/** A config.toml with one runner. */
export const oneRunner = (url: string, token: string, more = "", docker = ""): string =>
  `[[runners]]\nname = "one"\nurl = "${url}"\ntoken = "${token}"\nexecutor = "docker"\n${more}\n[runners.docker]\nimage = "x"\n${docker}\n`;
