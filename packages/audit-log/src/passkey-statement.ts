import { concat, toBase64Url, toHex, utf8 } from './bytes.ts';
import { canonicalJson } from './canonical-json.ts';
import { hashOf, webCryptoSha256 } from './sha256.ts';

/**
 * What a person's passkey signs with a verdict: everything that says which call, and what becomes of
 * it. A type alias, so that it is a JSON object for {@link canonicalJson}.
 */
export type PasskeyStatement = {
  readonly type: 'holdpoint-verdict-v1';
  readonly approval: string;
  readonly step: number;
  /** `approve`, or the name of another way to let a call run. */
  readonly verdict: string;
  /** {@link reasonDigest} of the reason as the log has it. */
  readonly reason: string;
  /** The keyed digest of the held parameters, as in every entry about the call. */
  readonly params: string;
  /** A keyed digest of what the person's page showed. */
  readonly shown: string;
  /** A keyed digest of whatever else the verdict sets, such as edited arguments; `null` without. */
  readonly terms: string | null;
  /** Person key, `issuer|subject`. */
  readonly person: string;
  /** Random, made by the gateway for this one verdict and taken once. */
  readonly nonce: string;
};

/** The WebAuthn challenge of a verdict, base64url: SHA-256 over the statement's canonical JSON. */
export async function passkeyChallenge(statement: PasskeyStatement): Promise<string> {
  const bytes = concat(utf8(`${statement.type}\0`), utf8(canonicalJson(statement)));
  return toBase64Url(await hashOf(webCryptoSha256, bytes));
}

/** SHA-256 of the reason's UTF-8, hexadecimal; of the empty text where none was given. */
export async function reasonDigest(reason: string): Promise<string> {
  return toHex(await hashOf(webCryptoSha256, utf8(reason)));
}
