import path from "node:path";

/** /etc/longshore/config.toml for root, ~/.longshore/config.toml for everyone else. */
export function defaultConfigPath(uid: number, home: string): string {
  return uid === 0 ? "/etc/longshore/config.toml" : path.join(home, ".longshore", "config.toml");
}
