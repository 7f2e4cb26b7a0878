/** A bind mount that a command asks for: both paths, absolute. */
export interface BindMount {
  readonly source: string;
  readonly target: string;
}

/** Quoted parts belong to the word that they stand in. */
const word = /(?:"[^"]*"|'[^']*'|[^\s"'])+/.source;
const mountFlags = new RegExp(`(?:^|\\s)(?:(?:-v|--volume)[= ]?(${word})|--mount[= ](${word}))`, "g");

/** The bind mounts of a `docker run` or `docker create` as it was echoed; those whose source can't be told are left out. */
export function bindMounts(command: string, projectDir: string): BindMount[] {
  const docker = command.search(/\bdocker\b/);
  if (docker < 0 || !/\b(?:run|create)\b/.test(command.slice(docker))) return [];
  return [...command.matchAll(mountFlags)].flatMap(([, short, long]) => {
    const mount = short === undefined ? longForm(unquoted(long ?? "")) : shortForm(unquoted(short));
    const source = mount === null ? null : absolute(mount.source, projectDir);
    return mount === null || source === null ? [] : [{ source, target: mount.target }];
  });
}

function unquoted(text: string): string {
  return text.replaceAll(/["']/g, "");
}

function shortForm(text: string): BindMount | null {
  const match = /^([^:]+):(\/[^:]*)(?::[\w,]+)?$/.exec(text);
  return match === null ? null : { source: match[1] as string, target: match[2] as string };
}

function longForm(text: string): BindMount | null {
  const fields = new Map(text.split(",").map((field) => field.split("=", 2) as [string, string | undefined]));
  const source = fields.get("source") ?? fields.get("src");
  const target = fields.get("target") ?? fields.get("destination") ?? fields.get("dst");
  return fields.get("type") === "bind" && source !== undefined && target !== undefined ? { source, target } : null;
}

/** The echo shows variables by name: those that stand for the project's directory are known. */
function absolute(source: string, projectDir: string): string | null {
  const path = source
    .replace(/^(?:\$\{?(?:PWD|CI_PROJECT_DIR)\}?|\$\(pwd\)|`pwd`)(?=\/|$)/, projectDir)
    .replace(/^\.(?=\/|$)/, projectDir);
  return path.startsWith("/") && !/[$`*]/.test(path) ? path.replace(/(?<=.)\/+$/, "") : null;
}
