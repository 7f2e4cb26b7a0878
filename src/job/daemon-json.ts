/** For a file that can't be read: nothing is given as an argument that might stand in it. */
export const everyKey: ReadonlySet<string> = new Set([
  "default-network-opts",
  "default-ulimits",
  "dns",
  "dns-search",
  "hosts",
  "insecure-registries",
  "mtu",
  "registry-mirrors",
  "tls",
  "tlsverify",
]);

/** Keys of a daemon.json's text; `everyKey` when it is none. */
export function configuredKeys(text: string): ReadonlySet<string> {
  try {
    const content: unknown = JSON.parse(text);
    return typeof content === "object" && content !== null ? new Set(Object.keys(content)) : everyKey;
  } catch {
    return everyKey;
  }
}
