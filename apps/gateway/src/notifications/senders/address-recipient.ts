const SCHEME = 'mailto:';

/** The recipient of a message that goes to one address of a channel. No person's key looks like it. */
export function addressRecipient(address: string): string {
  return `${SCHEME}${address}`;
}

export function isAddress(recipient: string): boolean {
  return recipient.startsWith(SCHEME);
}

/** As a page shows it. */
export function withoutScheme(recipient: string): string {
  return isAddress(recipient) ? recipient.slice(SCHEME.length) : recipient;
}
