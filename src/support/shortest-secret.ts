/**
 * What has fewer characters is not hidden in a log: it would hide ordinary words, and tell of itself where it stood in
 * them. GitLab takes no masked variable of fewer than 8.
 */
export const shortestSecret = 4;

export function isTooShortToHide(secret: string): boolean {
  return Array.from(secret.trim()).length < shortestSecret;
}
