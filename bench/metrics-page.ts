import { createServer } from "node:net";

const askLimitMs = 5_000;

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

export async function readMetrics(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(askLimitMs) });
  return answer.text();
}

/** A sample of a metrics page, by name and quantile; null when it is not there. Pure. */
export function metricQuantile(page: string, name: string, quantile: string): number | null {
  const line = new RegExp(`^${name}\\{[^}]*quantile="${quantile}"[^}]*\\}\\s+(\\S+)`, "m").exec(page);
  return line === null ? null : Number(line[1]);
}
