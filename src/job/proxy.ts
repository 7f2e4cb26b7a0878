/** On the host's loopback nobody in a container finds it, and looking for it there costs time. */
export function isReachable(address: string): boolean {
  return !/^(?:[a-z0-9+.-]+:\/\/)?(?:[^@/]*@)?(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?(?:\/.*)?$/i.test(
    address,
  );
}

/**
 * Proxies of the host's daemon for one in a container, under the names that `taken` doesn't hold in either case. Without
 * those on the host's loopback, and without those whose password the daemon keeps to itself.
 */
export function proxyFor(proxy: Readonly<Record<string, string>>, taken: (key: string) => boolean): readonly string[] {
  const isTaken = ["HTTP_PROXY", "HTTPS_PROXY"].some((key) => taken(key) || taken(key.toLowerCase()));
  if (isTaken) return [];
  const useful = Object.entries(proxy).filter(
    ([key, value]) => key === "NO_PROXY" || (isReachable(value) && !value.includes("//xxxxx:xxxxx@")),
  );
  const isProxied = useful.some(([key]) => key !== "NO_PROXY");
  return isProxied
    ? useful.filter(([key]) => !taken(key) && !taken(key.toLowerCase())).map(([key, value]) => `${key}=${value}`)
    : [];
}

/** What keeps a client on its way to `host` from a proxy that doesn't know it; nothing where somebody has said what needs none. */
export function noProxyFor(host: string, value: (key: string) => string | undefined): readonly string[] {
  const eitherCase = (key: string) => value(key) ?? value(key.toUpperCase());
  const isProxied = [eitherCase("http_proxy"), eitherCase("https_proxy")].some((proxy) => (proxy ?? "") !== "");
  if (!isProxied || eitherCase("no_proxy") !== undefined) return [];
  return [`no_proxy=${host}`, `NO_PROXY=${host}`];
}
