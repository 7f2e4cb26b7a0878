/** One entry whose [[runners]] table ends with `runner`, and whose [runners.docker] table holds `docker`. */
export const entry = (docker: string, runner = ""): string =>
  `[[runners]]\nurl = "https://ci.test"\ntoken = "glrt-x"\nexecutor = "docker"\n${runner}\n[runners.docker]\n${docker}\n`;

export interface BadConfig {
  readonly name: string;
  readonly toml: string;
  readonly code: string;
  /** line:column */
  readonly at: string;
  readonly says: RegExp;
  readonly fix: RegExp;
}
