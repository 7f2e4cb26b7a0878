import type { Evidence } from "../evidence.ts";

const host = /(?:https?:\/\/(?:[^\s/@"']{1,200}@)?|\bhost='|connection to |tcp (?:[\d.]+:\d+->)?)([\w.-]{1,255})/g;
const privateAddress = /^(?:10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)[\d.]+$/;
const privateName = /^[^.]+$|\.(?:internal|local|lan|localdomain|cluster\.local)$/;

/** True when a text names a host on the way to which no packet leaves the networks of the daemon's host, or of its site. */
export function isNearby(text: string, { services }: Evidence): boolean {
  return [...text.matchAll(host)].some(
    ([, name = ""]) =>
      privateAddress.test(name) || privateName.test(name) || services.some(({ aliases }) => aliases.includes(name)),
  );
}
