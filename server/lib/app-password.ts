/** What the sealed app password of an account is bound to. */
export const sealedAppPasswordContext = (baseUrl: string, user: string): string =>
  `app-password:${baseUrl}:${user}`;
