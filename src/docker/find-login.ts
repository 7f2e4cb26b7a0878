import { messageOf } from "../support/errors.ts";
import { askCredentialHelper } from "./credential-helper.ts";
import { type CredentialSource, loginCandidates, type RegistryCredentials } from "./registry-auth.ts";

export interface FoundLogin {
  readonly credentials: RegistryCredentials;
  /** As the log names where it comes from. */
  readonly source: string;
  /** Nobody has seen it before, and no mask knows it. */
  readonly fromHelper: boolean;
}

/**
 * The login for an image, credential helpers asked where they are the best that is known; null for none.
 *
 * @param warn told of a helper that fails; the next best login is taken then
 */
export async function findLogin(
  repository: string,
  sources: readonly CredentialSource[],
  warn: (text: string) => Promise<void>,
  signal: AbortSignal,
): Promise<FoundLogin | null> {
  for (const { registry, source, login, helper } of loginCandidates(repository, sources)) {
    if (login !== null) return { credentials: { ...login, serveraddress: registry }, source, fromHelper: false };
    try {
      const answer = await askCredentialHelper(helper, registry, signal);
      if (answer !== null) return { credentials: { ...answer, serveraddress: registry }, source, fromHelper: true };
    } catch (error) {
      signal.throwIfAborted();
      await warn(`Failed to resolve credentials for ${registry} from ${source}: ${messageOf(error)}`);
    }
  }
  return null;
}
