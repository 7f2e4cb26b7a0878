/**
 * Replaces `$NAME`, `${NAME}` and `%NAME%` by the variables that exist and leaves the others as they stand: what GitLab
 * does while it creates a pipeline (globs of rules, include paths, environment names).
 */
export function expandKnown(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$(\w+)|\$\{(\w+)\}|%(\w+)%/g, (whole, plain?: string, braced?: string, percent?: string) => {
    return variables.get(plain ?? braced ?? percent ?? "") ?? whole;
  });
}
