import { BlockList, isIP } from "node:net";

/** A request as far as a redirect changes it. */
export interface RedirectableRequest {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly hasBody: boolean;
}

export type RedirectStep =
  | { readonly kind: "follow"; readonly url: URL; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: "refuse"; readonly reason: string; readonly hint: string };

/** As the reference client's HTTP library. */
export const maxRedirects = 10;

const secretHeaders = new Set(["runner-token", "job-token", "private-token", "authorization", "cookie"]);

/** Statuses that name another place for the request; everything else is an answer. */
export function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

/**
 * What a redirect makes of a request (protocol section 1.4): 307 and 308 repeat it as it was. The others would turn
 * anything but a GET into a GET, which no endpoint of the protocol understands, so they are refused with the
 * address to use. No token goes to another host: neither in a header, nor in a body, which holds one in every JSON call,
 * and a job's log in the others. What a GET fetches may lie elsewhere (object storage), but not where only this machine
 * can look.
 */
export function redirectStep(request: RedirectableRequest, status: number, location: string): RedirectStep {
  let target: URL;
  try {
    target = new URL(location, request.url);
  } catch {
    return { kind: "refuse", reason: `redirected (${status}) to an invalid address`, hint: "Check url." };
  }
  const shown = target.origin;
  if (target.protocol !== "http:" && target.protocol !== "https:") {
    return { kind: "refuse", reason: `redirected (${status}) to ${target.protocol}`, hint: "Check url." };
  }
  if (request.method !== "GET" && status < 307) {
    const hint = `Set url to the address that the coordinator redirects to (${shown}).`;
    return { kind: "refuse", reason: `${request.method} was redirected (${status}) to ${shown}`, hint };
  }
  if (isInternal(target.hostname) && !isInternal(request.url.hostname)) {
    const hint = "Nothing of a coordinator's is there. Check url, and the coordinator's object storage.";
    return { kind: "refuse", reason: `redirected (${status}) to the internal address ${shown}`, hint };
  }
  const weaker = request.url.protocol === "https:" && target.protocol === "http:";
  if (weaker && request.hasBody) {
    const hint = "Have the coordinator redirect to https, or set url to the address itself.";
    return { kind: "refuse", reason: `redirected (${status}) from https to ${shown}, which is not encrypted`, hint };
  }
  if (request.hasBody && target.hostname !== request.url.hostname) {
    const hint = `If the coordinator has moved there, set url to ${shown}.`;
    return { kind: "refuse", reason: `${request.method} was redirected (${status}) to another host, ${shown}`, hint };
  }
  const trusted = target.hostname === request.url.hostname && !weaker;
  const headers = Object.entries(request.headers).filter(([name]) => trusted || !secretHeaders.has(name));
  return { kind: "follow", url: target, headers: Object.fromEntries(headers) };
}

/** Loopback, link-local (where clouds keep a machine's credentials) and "this host". */
const internal = new BlockList();
internal.addSubnet("0.0.0.0", 8, "ipv4");
internal.addSubnet("127.0.0.0", 8, "ipv4");
internal.addSubnet("169.254.0.0", 16, "ipv4");
internal.addSubnet("::", 127, "ipv6");
internal.addSubnet("fe80::", 10, "ipv6");

/** Names that resolve to such an address are not found out, but `localhost` is. */
export function isInternal(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  const family = isIP(host);
  return family !== 0 && internal.check(host, family === 4 ? "ipv4" : "ipv6");
}
