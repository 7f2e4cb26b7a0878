/**
 * Options of a call that makes something, for dockerode: it would put all of them into the address as well, a job's
 * token among them, where proxies and a daemon's debug log write it down, and where Go's servers take no more than 1 MiB.
 *
 * @param query what the Docker API reads from the address
 */
export function createOptions<O extends object>(
  body: O,
  query: Readonly<Record<string, string>>,
  abortSignal: AbortSignal,
): O & { abortSignal: AbortSignal } {
  return { _query: query, _body: body, abortSignal } as unknown as O & { abortSignal: AbortSignal };
}
