/** Scheme, host and port: what may be shown and recorded of an address that can hold a secret. */
export function originOf(url: string): string {
  return new URL(url).origin;
}
