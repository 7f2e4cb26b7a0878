/** On the host's loopback nobody in a container finds it, and looking for it there costs time. */
export function isReachable(address: string): boolean {
  return !/^(?:[a-z0-9+.-]+:\/\/)?(?:[^@/]*@)?(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?(?:\/.*)?$/i.test(
    address,
  );
}

/**
 * Proxies of the host's daemon for one in a container, under the names that `taken` doesn't hold in either case. Without
 * those on the host's loopback, and without those that take a password: it is not the job's to know.
 *
 * @param direct names of containers beside it, which no proxy knows
 */
export function proxyFor(
  proxy: Readonly<Record<string, string>>,
  taken: (key: string) => boolean,
  direct: readonly string[] = [],
): readonly string[] {
  const isTaken = ["HTTP_PROXY", "HTTPS_PROXY"].some((key) => taken(key) || taken(key.toLowerCase()));
  if (isTaken) return [];
  const { NO_PROXY: told = "", ...proxies } = proxy;
  const useful = Object.entries(proxies).filter(([, value]) => isReachable(value) && !value.includes("@"));
  if (useful.length === 0) return [];
  const exceptions = withNames(told, direct);
  return Object.entries({ ...Object.fromEntries(useful), ...(exceptions === "" ? {} : { NO_PROXY: exceptions }) })
    .filter(([key]) => !taken(key) && !taken(key.toLowerCase()))
    .map(([key, value]) => `${key}=${value}`);
}

/** A list as in NO_PROXY with these names in it. */
export function withNames(list: string, names: readonly string[]): string {
  const said = list.split(",").map((entry) => entry.trim());
  if (said.includes("*")) return list;
  return [...(list === "" ? [] : [list]), ...new Set(names.filter((name) => !said.includes(name)))].join(",");
}

/**
 * What keeps a client on its way to `hosts` from a proxy that doesn't know them; nothing where the job or the admin has
 * said what needs none. What the image says needs none stays in it.
 *
 * @param value of a variable as job, admin or image set it
 * @param isSetByJob the same, the image not counted
 */
export function noProxyFor(
  hosts: readonly string[],
  value: (key: string) => string | undefined,
  isSetByJob: (key: string) => boolean,
): readonly string[] {
  const eitherCase = (key: string) => value(key) ?? value(key.toUpperCase());
  const isProxied = [eitherCase("http_proxy"), eitherCase("https_proxy")].some((proxy) => (proxy ?? "") !== "");
  const keys = ["no_proxy", "NO_PROXY"];
  if (!isProxied || keys.some(isSetByJob)) return [];
  const said = eitherCase("no_proxy") ?? "";
  return keys.flatMap((key) => {
    const own = value(key) ?? said;
    const list = withNames(own, hosts);
    return list === own ? [] : [`${key}=${list}`];
  });
}
