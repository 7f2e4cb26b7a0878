import type { DoctorContext } from "./doctor-context.ts";
import { cloneAddress } from "./clone-address.ts";

/** How git in a job's container fared with the server of the sources. */
export interface GitReach {
  readonly kind: "reached" | "name" | "unreachable" | "certificate" | "proxy" | "server-error" | "unknown";
  /** Git's own words. */
  readonly words: string;
}

/** No credentials go out, and nothing is asked of anybody: that a server refuses shows that it is reached. */
const script = `
url=$1 padding=$2 chain=$3
set -- -c credential.helper=
if [ -n "$padding" ]; then set -- "$@" -c "http.extraHeader=X-Longshore-Doctor: $padding"; fi
if [ -n "$chain" ]; then
  file=/tmp/longshore-doctor-ca.pem
  printf '%s\\n' "$chain" > $file
  set -- "$@" -c "http.sslCAInfo=$file"
fi
export GIT_TERMINAL_PROMPT=0 GIT_ASKPASS=true LC_ALL=C
git "$@" ls-remote "$url" 2>&1
`;

/** Asks for a repository that need not be there. `padding`: bytes of header more, for packets of full size. */
export async function reachByGit(context: DoctorContext, padding: number, signal: AbortSignal): Promise<GitReach> {
  const address = cloneAddress(context.runner);
  if (address === null) return { kind: "unknown", words: "url is not a URL" };
  const site = await context.site();
  const base = address.href.replace(/\/+$/, "");
  const chain = address.protocol === "https:" ? await authority(context, address) : "";
  const args = [`${base}/longshore-doctor/probe.git`, "0".repeat(padding), chain];
  const { code, output } = await site.run(script, args, signal);
  return code === 0 ? { kind: "reached", words: "" } : judgeGit(output);
}

/** What jobs trust beside the image's own authorities: the coordinator's, when that is where the sources are. */
async function authority(context: DoctorContext, address: URL): Promise<string> {
  const { url } = context.runner;
  if (!URL.canParse(url) || new URL(url).host !== address.host) return "";
  return (await context.coordinator())?.chain ?? "";
}

const judgements: readonly { readonly kind: GitReach["kind"]; readonly words: RegExp }[] = [
  { kind: "name", words: /could not resolve (?:host|hostname)/i },
  {
    kind: "proxy",
    words: /could not resolve proxy|proxy (?:CONNECT|authentication)|from proxy after CONNECT|CONNECT tunnel failed/i,
  },
  { kind: "certificate", words: /certificate|SSL|TLS|gnutls/i },
  {
    kind: "unreachable",
    words:
      /failed to connect|couldn't connect|could not connect|connection (?:refused|timed out|reset)|no route to host|unreachable|empty reply|recv failure/i,
  },
  { kind: "server-error", words: /returned error: 5\d\d/i },
  {
    kind: "reached",
    words:
      /authentication failed|could not read username|not found|returned error: [34]\d\d|access denied|forbidden|repository/i,
  },
];

export function judgeGit(output: string): GitReach {
  const text = withoutNames(output);
  const kind = judgements.find(({ words }) => words.test(text))?.kind ?? "unknown";
  return { kind, words: output.split("\n").findLast((line) => /^(?:fatal|error|remote):/.test(line)) ?? output };
}

/** Servers may be called anything: "ssl.example" says nothing of TLS. */
function withoutNames(output: string): string {
  return output
    .replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s'"]+/gi, "")
    .replace(/\b(connect to|host:|proxy:|host name) [^\s]+/gi, "$1");
}
