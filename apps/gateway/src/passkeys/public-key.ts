import type { PasskeyPublicKey } from '@holdpoint/audit-log';
import { cose, decodeCredentialPublicKey } from '@simplewebauthn/server/helpers';

/** The algorithms that the offline verification knows: EdDSA, ES256 and RS256. */
export const ALGORITHMS: readonly number[] = [-8, -7, -257];

/** A passkey's COSE key as the JSON Web Key that entries hold; `undefined` for any other kind. */
export function publicKeyOf(coseKey: Uint8Array): PasskeyPublicKey | undefined {
  const key = decodeCredentialPublicKey(Uint8Array.from(coseKey));
  const { COSEKEYS, COSECRV } = cose;
  if (cose.isCOSEPublicKeyEC2(key)) {
    const [x, y] = [key.get(COSEKEYS.x), key.get(COSEKEYS.y)];
    if (key.get(COSEKEYS.crv) !== COSECRV.P256 || x === undefined || y === undefined)
      return undefined;
    return { kty: 'EC', crv: 'P-256', x: text(x), y: text(y) };
  }
  if (cose.isCOSEPublicKeyOKP(key)) {
    const x = key.get(COSEKEYS.x);
    if (key.get(COSEKEYS.crv) !== COSECRV.ED25519 || x === undefined) return undefined;
    return { kty: 'OKP', crv: 'Ed25519', x: text(x) };
  }
  if (cose.isCOSEPublicKeyRSA(key)) {
    const [n, e] = [key.get(COSEKEYS.n), key.get(COSEKEYS.e)];
    return n && e ? { kty: 'RSA', n: text(n), e: text(e) } : undefined;
  }
  return undefined;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
