/**
 * What has fewer characters is a secret only where the coordinator says so (the value of a masked variable): hidden, it
 * takes ordinary words apart, and tells of itself where it stood in them. GitLab itself takes no masked variable of fewer
 * than 8.
 */
export const shortestSecret = 4;

export function isTooShortToHide(secret: string): boolean {
  return Array.from(secret.trim()).length < shortestSecret;
}
