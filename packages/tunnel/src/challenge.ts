/** What a signature stands for: it can be taken for nothing else, by no other gateway, for no one else. */
export interface ChallengeFacts {
  readonly connectorId: string;
  /** The gateway's, used once. */
  readonly nonce: string;
  /** Scheme, host and port that the connector dialled, as `URL.origin` writes it. */
  readonly origin: string;
}

const PURPOSE = 'holdpoint connector connects, v1';

/** The bytes that a connector signs with its key, and that a gateway verifies. */
export function challengeBytes({ connectorId, nonce, origin }: ChallengeFacts): Uint8Array {
  return new TextEncoder().encode(JSON.stringify([PURPOSE, connectorId, nonce, origin]));
}
