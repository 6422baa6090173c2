/**
 * Addresses may carry a token; a run's tags and error messages are shown to everyone. Takes any text with URLs in it. The
 * user of an ssh address is no secret, and without it the address is another.
 */
export function withoutCredentials(text: string): string {
  return text.replaceAll(ADDRESS, (_, scheme: string, login: string) => {
    const isUser = /(?:^|[+.-])ssh:/i.test(scheme) && !login.includes(":");
    return isUser ? `${scheme}${login}@` : scheme;
  });
}

/** Scheme and login. What could be a scheme is looked at once, from its beginning, so that long texts cost little. */
const ADDRESS = /(?<![a-z0-9+.-])([a-z0-9+.-]+:\/\/)([^/@\s'"]*)@/gi;
