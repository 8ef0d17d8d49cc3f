/** What a reviewer is shown of a held call: every part that runs, as exact text. */
export interface ShownCall {
  readonly method: string;
  /** Tool or prompt name, or resource URI; `null` where the method has none. */
  readonly target: string | null;
  /** Exact JSON text, as the agent wrote it. */
  readonly argumentsText: string;
  /** Exact JSON text of what is sent beside the arguments; `null` where there is nothing. */
  readonly otherParamsText: string | null;
}

/** Names what is digested and how, so that no other digest can be taken for this one. */
const KIND = 'holdpoint-shown-call-v1';

/**
 * The digest of what was shown: SHA-256 over the UTF-8 of a JSON array of the parts, in lower-case
 * hexadecimal. The browser computes it from what it rendered and sends it with the verdict; the
 * gateway computes it from what is held. It has no key, so it never leaves the two.
 *
 * @throws TypeError where the browser has no WebCrypto: on a page that came without TLS.
 */
export async function shownDigest(call: ShownCall): Promise<string> {
  const parts = [KIND, call.method, call.target, call.argumentsText, call.otherParamsText];
  const bytes = new TextEncoder().encode(JSON.stringify(parts));
  const digest = await globalThis.crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A held call as a page has it. */
export interface ShownPage extends Omit<ShownCall, 'argumentsText'> {
  /** `null` where the reader may not open them, or they are gone. */
  readonly argumentsText: string | null;
  readonly lastSame: { readonly approvalId: string } | null;
}

/**
 * What a verdict says its page showed: the digest, and the identical call that it told of. `null`
 * where the page showed no arguments: nobody approves what they have not seen.
 */
export async function shownBy(
  page: ShownPage,
): Promise<{ readonly digest: string; readonly lastSame: string | null } | null> {
  const { argumentsText, lastSame, ...call } = page;
  if (argumentsText === null) return null;
  const digest = await shownDigest({ ...call, argumentsText });
  return { digest, lastSame: lastSame?.approvalId ?? null };
}
