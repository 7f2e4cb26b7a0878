import { BlockList, isIP } from "node:net";

/** The proxy variables of the agent's own environment, upper and lower case (protocol section 1.4). */
export type ProxyEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a URL, or null: HTTPS_PROXY or HTTP_PROXY by the URL's scheme, unless NO_PROXY names the host. The
 * reference runner's rules, which know more than Node's own: a bare domain covers its subdomains, networks are written in CIDR,
 * entries may carry a port, and this machine is never reached through a proxy.
 */
export function proxyFor(url: URL, env: ProxyEnvironment): URL | null {
  const configured = url.protocol === "https:" ? variable(env, "HTTPS_PROXY") : variable(env, "HTTP_PROXY");
  if (configured === "" || bypassed(url, variable(env, "NO_PROXY"))) return null;
  try {
    const proxy = new URL(configured.includes("://") ? configured : `http://${configured}`);
    return proxy.protocol === "http:" || proxy.protocol === "https:" ? proxy : null;
  } catch {
    return null;
  }
}

function variable(env: ProxyEnvironment, name: string): string {
  return env[name] || env[name.toLowerCase()] || "";
}

function bypassed(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  if (host === "localhost" || isLoopback(host)) return true;
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return noProxy
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== "" && matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return inNetwork(entry, host);
  const { name, port: entryPort } = splitPort(entry);
  if (entryPort !== "" && entryPort !== port) return false;
  if (isIP(name) !== 0) return name === host;
  const domain = name.replace(/^\*/, "");
  return domain.startsWith(".") ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

function splitPort(entry: string): { name: string; port: string } {
  if (isIP(entry) === 6) return { name: entry, port: "" };
  const match = /^(.*?)(?::(\d+))?$/.exec(entry);
  return { name: (match?.[1] ?? entry).replace(/^\[|\]$/g, ""), port: match?.[2] ?? "" };
}

function inNetwork(entry: string, host: string): boolean {
  const family = isIP(host);
  const [address = "", bits = ""] = entry.split("/");
  if (family === 0 || isIP(address) !== family || !/^\d{1,3}$/.test(bits)) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  if (Number(bits) > (family === 4 ? 32 : 128)) return false;
  const network = new BlockList();
  network.addSubnet(address, Number(bits), type);
  return network.check(host, type);
}

function isLoopback(host: string): boolean {
  return host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
