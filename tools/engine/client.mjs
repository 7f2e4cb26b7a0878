// The few calls of the Docker API that the bootstrap makes, on node:http. Every call has a limit.
import http from "node:http";
import https from "node:https";

export class EngineClient {
  #endpoint;

  constructor(endpoint) {
    this.#endpoint = endpoint;
  }

  get host() {
    return this.#endpoint.host;
  }

  /** True when an engine answers; otherwise the reason. */
  async ping(limit = 3000) {
    try {
      const { status, text } = await this.call("GET", "/_ping", { limit });
      return status === 200 && text.startsWith("OK") ? true : `it answered ${status}: ${text.trim().slice(0, 200)}`;
    } catch (error) {
      return error.code ? `${error.code}: ${error.message}` : error.message;
    }
  }

  async json(method, path, options) {
    const { status, text } = await this.call(method, path, options);
    const body = text ? JSON.parse(text) : undefined;
    return { status, body };
  }

  /**
   * @param {{ limit?: number, body?: NodeJS.ReadableStream, onLine?: (line: string) => void, contentType?: string }} options
   * @returns {Promise<{ status: number, text: string }>}
   */
  call(method, path, { limit = 30_000, body, onLine, contentType = "application/x-tar" } = {}) {
    return new Promise((resolve, reject) => {
      const transport = this.#endpoint.secure ? https : http;
      const headers = body ? { "Content-Type": contentType } : {};
      const request = transport.request({ ...this.#endpoint.options, agent: false, method, path, headers });
      const timer = setTimeout(() => request.destroy(new Error(`no answer within ${limit / 1000} s`)), limit);
      request.on("error", reject).on("close", () => clearTimeout(timer));
      request.on("response", (response) => {
        let text = "";
        const lines = onLine && splitter(onLine);
        response.setEncoding("utf8").on("data", (chunk) => {
          text += chunk;
          lines?.(chunk);
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        response.on("error", reject);
      });
      if (body) body.on("error", (error) => request.destroy(error)).pipe(request);
      else request.end();
    });
  }
}

function splitter(onLine) {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    lines.filter((line) => line.trim()).forEach(onLine);
  };
}
