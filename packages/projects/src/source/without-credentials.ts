/**
 * Addresses may carry a token; a run's tags and error messages are shown to everyone. Takes any text with URLs in it. The
 * user of an ssh address is no secret, and without it the address is another.
 */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)([^/@\s'"]*)@/gi, (_, scheme: string, login: string) => {
    const isUser = /^(?:git\+)?ssh:/i.test(scheme) && !login.includes(":");
    return isUser ? `${scheme}${login}@` : scheme;
  });
}
