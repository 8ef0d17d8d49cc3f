const SCHEME = 'mailto:';

/**
 * The recipient of a message that goes to one address of a channel. No person's key looks like it. The
 * same one however its domain is written: in what a mail server refused it is small.
 */
export function addressRecipient(address: string): string {
  const at = address.lastIndexOf('@');
  return `${SCHEME}${address.slice(0, at)}${address.slice(at).toLowerCase()}`;
}

export function isAddress(recipient: string): boolean {
  return recipient.startsWith(SCHEME);
}

/** As a page shows it. */
export function withoutScheme(recipient: string): string {
  return isAddress(recipient) ? recipient.slice(SCHEME.length) : recipient;
}
