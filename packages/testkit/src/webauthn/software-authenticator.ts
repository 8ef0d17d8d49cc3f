import {
  createHash,
  generateKeyPairSync,
  randomBytes,
  sign,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { encodeCbor, type CborValue } from './cbor.ts';

export type PasskeyAlgorithm = 'ES256' | 'EdDSA' | 'RS256';

/** What a page would ask a browser for. */
export interface AskedOf {
  readonly challenge: string;
  readonly rpId: string;
  readonly origin: string;
}

export interface SigningOptions {
  /** Whether the person showed that it is them, by a PIN or a finger. Without a word: yes. */
  readonly verified?: boolean;
  /** Counts up by itself; a copy of an authenticator would be behind. */
  readonly counter?: number;
}

/** `AuthenticatorAttestationResponse` as browsers write it to JSON. */
export interface RegistrationJson {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly clientExtensionResults: Record<string, never>;
  readonly response: {
    readonly clientDataJSON: string;
    readonly attestationObject: string;
    readonly transports: string[];
  };
}

/** `AuthenticatorAssertionResponse` as browsers write it to JSON. */
export interface AssertionJson {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly clientExtensionResults: Record<string, never>;
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
  };
}

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const ATTESTED = 0x40;

/** One passkey in software: real keys and real signatures, for tests that need no browser. */
export class SoftwareAuthenticator {
  readonly credentialId = randomBytes(32).toString('base64url');
  readonly #publicKey: KeyObject;
  readonly #privateKey: KeyObject;
  readonly #algorithm: PasskeyAlgorithm;
  #counter = 0;

  constructor(algorithm: PasskeyAlgorithm = 'ES256') {
    this.#algorithm = algorithm;
    const { publicKey, privateKey } = keyPair(algorithm);
    this.#publicKey = publicKey;
    this.#privateKey = privateKey;
  }

  get publicKey(): JsonWebKey {
    return this.#publicKey.export({ format: 'jwk' });
  }

  register(asked: AskedOf, { verified = true }: SigningOptions = {}): RegistrationJson {
    const id = Buffer.from(this.credentialId, 'base64url');
    const authData = Buffer.concat([
      this.#head(asked, (verified ? USER_VERIFIED : 0) | ATTESTED, 0),
      Buffer.alloc(16),
      Buffer.from([id.length >> 8, id.length & 255]),
      id,
      encodeCbor(coseKey(this.#algorithm, this.publicKey)),
    ]);
    const attestation = new Map<string, CborValue>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', authData],
    ]);
    return {
      ...this.#named(),
      response: {
        clientDataJSON: clientData('webauthn.create', asked).toString('base64url'),
        attestationObject: encodeCbor(attestation).toString('base64url'),
        transports: ['internal'],
      },
    };
  }

  sign(asked: AskedOf, { verified = true, counter }: SigningOptions = {}): AssertionJson {
    this.#counter = counter ?? this.#counter + 1;
    const authenticatorData = this.#head(asked, verified ? USER_VERIFIED : 0, this.#counter);
    const client = clientData('webauthn.get', asked);
    const signed = Buffer.concat([authenticatorData, createHash('sha256').update(client).digest()]);
    const digest = this.#algorithm === 'EdDSA' ? null : 'sha256';
    return {
      ...this.#named(),
      response: {
        clientDataJSON: client.toString('base64url'),
        authenticatorData: authenticatorData.toString('base64url'),
        signature: sign(digest, signed, this.#privateKey).toString('base64url'),
      },
    };
  }

  #named() {
    const id = this.credentialId;
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {} } as const;
  }

  #head({ rpId }: AskedOf, flags: number, counter: number): Buffer {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    const rpIdHash = createHash('sha256').update(rpId).digest();
    return Buffer.concat([rpIdHash, Buffer.from([flags | USER_PRESENT]), count]);
  }
}

function keyPair(algorithm: PasskeyAlgorithm) {
  switch (algorithm) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'EdDSA':
      return generateKeyPairSync('ed25519');
    case 'RS256':
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
    default:
      return algorithm satisfies never;
  }
}

function clientData(type: string, { challenge, origin }: AskedOf): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
}

/** RFC 9053 §7 and RFC 8230 §4. */
function coseKey(algorithm: PasskeyAlgorithm, jwk: JsonWebKey): ReadonlyMap<number, CborValue> {
  const bytes = (text: string | undefined) => Buffer.from(text ?? '', 'base64url');
  switch (algorithm) {
    case 'ES256':
      return new Map<number, CborValue>([
        ...([
          [1, 2],
          [3, -7],
          [-1, 1],
        ] as const),
        [-2, bytes(jwk.x)],
        [-3, bytes(jwk.y)],
      ]);
    case 'EdDSA':
      return new Map<number, CborValue>([
        ...([
          [1, 1],
          [3, -8],
          [-1, 6],
        ] as const),
        [-2, bytes(jwk.x)],
      ]);
    case 'RS256':
      return new Map<number, CborValue>([
        ...([
          [1, 3],
          [3, -257],
        ] as const),
        [-1, bytes(jwk.n)],
        [-2, bytes(jwk.e)],
      ]);
    default:
      return algorithm satisfies never;
  }
}
