/** Addresses may carry a token; a run's tags and error messages are shown to everyone. Takes any text with URLs in it. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^/@\s'"]*@/gi, "$1");
}
