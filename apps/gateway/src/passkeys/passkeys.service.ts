import { randomBytes } from 'node:crypto';
import { generateRegistrationOptions, verifyRegistrationResponse } from '@simplewebauthn/server';
import {
  passkeyOptionsSchema,
  type PasskeyInput,
  type PasskeyList,
  type PasskeyOptions,
} from '@holdpoint/contracts';
import { Inject, Injectable } from '@nestjs/common';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import type { Environment } from '../env.ts';
import { isFresh, requireFreshSignIn } from '../identity/fresh-sign-in.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { Database } from '../platform/database.ts';
import { Envelope } from '../platform/envelope.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { newId } from '../platform/new-id.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import { CHALLENGE_MS, insertChallenge, takeChallenge } from './challenge.sql.ts';
import {
  blockPasskey,
  insertPasskey,
  passkeysAddedLately,
  passkeysOf,
  removePasskey,
  type PasskeyRow,
} from './passkey.sql.ts';
import { ALGORITHMS, publicKeyOf } from './public-key.ts';
import { relyingParty, requireAvailable, whyUnavailable } from './relying-party.ts';

const MOST = 20;
const LATELY_DAYS = 7;

/** People's passkeys: adding, listing, removing. What one signs is checked where verdicts are. */
@Injectable()
export class Passkeys {
  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly envelope: Envelope,
  ) {}

  async list(person: SignedInPerson): Promise<PasskeyList> {
    const { pool } = this.database;
    const isAdmin = person.roles.includes('admin');
    const [own, lately] = await Promise.all([
      passkeysOf(pool, person.key),
      isAdmin ? passkeysAddedLately(pool, person.key, LATELY_DAYS) : [],
    ]);
    return {
      items: own.map(viewOf),
      unavailable: whyUnavailable(this.env),
      mayAdd: isFresh(person, Date.now()),
      lately: lately.map(({ personKey: key, personName, name, createdAt }) => ({
        person: { key, name: personName, email: null },
        name,
        createdAt: createdAt.toISOString(),
      })),
    };
  }

  async options(person: SignedInPerson): Promise<PasskeyOptions> {
    requireAvailable(this.env);
    requireFreshSignIn(person, Date.now());
    const { pool } = this.database;
    const own = await passkeysOf(pool, person.key);
    if (own.length >= MOST)
      throw new GatewayError(
        'passkeys_unavailable',
        `You have ${MOST} passkeys, which is the most. Remove one that you no longer use.`,
      );
    const challenge = randomBytes(32);
    await insertChallenge(pool, {
      nonce: challenge.toString('base64url'),
      personKey: person.key,
      approvalId: null,
    });
    const options = await generateRegistrationOptions({
      rpName: `Holdpoint (${this.env.HOLDPOINT_INSTANCE})`,
      rpID: relyingParty(this.env).rpId,
      // Tells an authenticator which passkeys belong together, and nobody who the person is.
      userID: Uint8Array.from(
        Buffer.from(this.envelope.mac('passkey-user', person.key), 'base64url'),
      ),
      userName: person.email ?? person.name,
      userDisplayName: person.name,
      challenge: Uint8Array.from(challenge),
      timeout: CHALLENGE_MS,
      attestationType: 'none',
      excludeCredentials: own.map(({ credentialId: id, transports }) => ({ id, transports })),
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
      supportedAlgorithmIDs: [...ALGORITHMS],
    });
    return passkeyOptionsSchema.parse(options);
  }

  async add({ name, registration }: PasskeyInput, person: SignedInPerson): Promise<PasskeyList> {
    requireAvailable(this.env);
    requireFreshSignIn(person, Date.now());
    const { nonce, credential, publicKey } = await this.#verify(registration);
    const { rpId, origin } = relyingParty(this.env);
    const id = newId();
    await this.database.transaction(async (client) => {
      if (!(await takeChallenge(client, { nonce, personKey: person.key, approvalId: null })))
        throw refused('it took longer than two minutes, or was sent before');
      const added = await insertPasskey(client, {
        ...{ id, name, publicKey, delayMs: this.env.HOLDPOINT_PASSKEY_DELAY_MS },
        personKey: person.key,
        personName: person.name,
        credentialId: credential.id,
        coseKey: credential.publicKey,
        transports: registration.response.transports,
        signCount: credential.counter,
      });
      if (!added) throw refused('this passkey was added before');
      await this.ledger.appendIn(
        client,
        entryOf('passkey.added', person, {
          ...{ id, name, rpId, origin },
          credentialId: credential.id,
          publicKey: { ...publicKey },
        }),
      );
    });
    return this.list(person);
  }

  async remove(id: string, person: SignedInPerson): Promise<PasskeyList> {
    await this.database.transaction(async (client) => {
      const removed = await removePasskey(client, id, person.key);
      if (removed === undefined)
        throw new GatewayError('not_found', 'You have no such passkey. Reload the list.');
      await this.ledger.appendIn(client, entryOf('passkey.removed', person, named(removed)));
    });
    return this.list(person);
  }

  /** There may be a copy of it. Its person removes it and adds another one. */
  async block(id: string): Promise<void> {
    await this.database.transaction(async (client) => {
      const blocked = await blockPasskey(client, id);
      if (blocked === undefined) return;
      const { personKey: key, personName } = blocked;
      await this.ledger.appendIn(
        client,
        entryOf('passkey.blocked', { key, name: personName }, named(blocked)),
      );
    });
  }

  async #verify(registration: PasskeyInput['registration']) {
    const { rpId, origin } = relyingParty(this.env);
    let nonce = '';
    const { registrationInfo } = await verifyRegistrationResponse({
      response: { ...registration, clientExtensionResults: {} },
      // Whether it is one of ours is asked of the database, which takes it.
      expectedChallenge: (challenge) => {
        nonce = challenge;
        return true;
      },
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: [...ALGORITHMS],
    }).catch((cause: unknown) => {
      throw refused('the browser’s answer does not fit', cause);
    });
    const credential = registrationInfo?.credential;
    const publicKey = credential && publicKeyOf(credential.publicKey);
    if (credential === undefined || publicKey === undefined)
      throw refused('its kind of key is not known here');
    return { nonce, credential, publicKey };
  }
}

function viewOf(row: PasskeyRow): PasskeyList['items'][number] {
  return {
    id: row.id,
    name: row.name,
    createdAt: row.createdAt.toISOString(),
    usableFrom: row.usableFrom.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    blocked: row.isBlocked,
  };
}

function named({ id, name, credentialId }: PasskeyRow) {
  return { id, name, credentialId };
}

function refused(why: string, cause?: unknown): GatewayError {
  return new GatewayError('passkey_refused', `The passkey was not added: ${why}. Try again.`, {
    cause,
  });
}

function entryOf(
  kind: string,
  person: { readonly key: string; readonly name: string },
  data: NonNullable<EntryDraft['data']>,
): EntryDraft {
  return { kind, who: person.key, data: { person: person.name, ...data } };
}
