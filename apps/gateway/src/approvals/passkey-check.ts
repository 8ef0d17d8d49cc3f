import { randomBytes } from 'node:crypto';
import {
  generateAuthenticationOptions,
  verifyAuthenticationResponse,
} from '@simplewebauthn/server';
import { passkeyRulesOf } from '@holdpoint/approval';
import {
  assertionFault,
  canonicalJson,
  passkeyChallenge,
  reasonDigest,
  type JsonObject,
  type PasskeyStatement,
} from '@holdpoint/audit-log';
import {
  passkeyChallengeSchema,
  type PasskeyAnswer,
  type PasskeyChallenge,
} from '@holdpoint/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Environment } from '../env.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { CHALLENGE_MS, insertChallenge, takeChallenge } from '../passkeys/challenge.sql.ts';
import { countUse, lockPasskey, passkeysOf, type PasskeyRow } from '../passkeys/passkey.sql.ts';
import { Passkeys } from '../passkeys/passkeys.service.ts';
import { relyingParty, requireAvailable } from '../passkeys/relying-party.ts';
import { Database, type Queryable } from '../platform/database.ts';
import { Envelope } from '../platform/envelope.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import type { ApprovalRecord } from './approval.ts';

/**
 * A verdict as it was sent, or any other way in which a person lets a held call run. All of it is
 * signed, also what this file doesn't know.
 */
export interface Signable {
  readonly verdict: string;
  readonly step: number;
  readonly reason?: string | undefined;
  readonly shown?: unknown;
  readonly passkey?: PasskeyAnswer | undefined;
}

/** A signature that holds, for the verdict's row and for its entry. */
export interface PasskeyProof {
  readonly passkeyId: string;
  /** What `holdpoint-verify` checks offline: goes into the entry as `data.passkey`. */
  readonly entry: JsonObject;
}

/** The counter says that the passkey has a copy, which has signed more than this one. */
class PasskeyCopied extends GatewayError {
  constructor(readonly passkeyId: string) {
    super(
      'passkey_refused',
      'Your verdict was not recorded: this passkey may have been copied, since it counted further elsewhere. It is blocked from now on. Remove it, add another one, and tell your admin.',
    );
  }
}

/** Verdicts that a rule wants signed with a passkey: what is to be signed, and whether it was. */
@Injectable()
export class PasskeyCheck {
  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    private readonly database: Database,
    private readonly envelope: Envelope,
    private readonly passkeys: Passkeys,
  ) {}

  /** The challenge is the digest of the call and of this verdict, so it can't be used for another one. */
  async challenge(
    approval: ApprovalRecord,
    input: Signable,
    person: SignedInPerson,
  ): Promise<PasskeyChallenge> {
    requireAvailable(this.env);
    const { pool } = this.database;
    const usable = (await passkeysOf(pool, person.key)).filter(
      ({ isBlocked, waits }) => !isBlocked && !waits,
    );
    if (usable.length === 0) throw needed('you have no passkey that you can use now. Add one');
    const nonce = randomBytes(32).toString('base64url');
    await insertChallenge(pool, { nonce, personKey: person.key, approvalId: approval.id });
    const digest = await passkeyChallenge(await this.#statement(approval, input, person, nonce));
    const options = await generateAuthenticationOptions({
      rpID: relyingParty(this.env).rpId,
      challenge: Uint8Array.from(Buffer.from(digest, 'base64url')),
      timeout: CHALLENGE_MS,
      userVerification: 'required',
      allowCredentials: usable.map(({ credentialId: id, transports }) => ({ id, transports })),
    });
    return passkeyChallengeSchema.parse({ nonce, options });
  }

  /**
   * INVARIANT: where a rule demands a passkey, nothing but a fresh signature over exactly this call and
   * this verdict lets it run. Asked under the approval's lock, in the transaction that records the
   * verdict, which also takes the nonce. A denial needs none: it can only stop the call.
   *
   * @returns `null` where none is demanded
   * @throws GatewayError `passkey_needed`, `passkey_refused`
   */
  async check(
    client: Queryable,
    approval: ApprovalRecord,
    input: Signable,
    person: SignedInPerson,
  ): Promise<PasskeyProof | null> {
    if (input.verdict === 'deny' || passkeyRulesOf(approval.steps).length === 0) return null;
    if (input.passkey === undefined) throw needed('the verdict was not signed with one');
    const { nonce, assertion } = input.passkey;
    const place = { nonce, personKey: person.key, approvalId: approval.id };
    if (!(await takeChallenge(client, place)))
      throw refused('the signature was used before, is for another call, or took over two minutes');
    const passkey = await lockPasskey(client, person.key, assertion.id);
    if (passkey === undefined) throw refused('the passkey is not one of yours');
    if (passkey.isBlocked) throw refused('the passkey is blocked');
    if (passkey.waits)
      throw refused(`the passkey is new, and usable from ${passkey.usableFrom.toISOString()}`);
    const statement = await this.#statement(approval, input, person, nonce);
    const counted = await this.#verify(passkey, assertion, statement);
    if (!(await countUse(client, passkey.id, counted))) throw new PasskeyCopied(passkey.id);
    const { authenticatorData, clientDataJSON, signature } = assertion.response;
    return {
      passkeyId: passkey.id,
      entry: {
        ...{ statement, authenticatorData, clientDataJSON, signature, ...relyingParty(this.env) },
        credentialId: passkey.credentialId,
        publicKey: { ...passkey.publicKey },
      },
    };
  }

  /** After a verdict was refused and rolled back: what has to stay of it. */
  async afterRefusal(error: unknown): Promise<void> {
    if (error instanceof PasskeyCopied) await this.passkeys.block(error.passkeyId);
  }

  async #verify(
    { publicKey, coseKey, credentialId }: PasskeyRow,
    assertion: PasskeyAnswer['assertion'],
    statement: PasskeyStatement,
  ): Promise<number> {
    const { rpId, origin } = relyingParty(this.env);
    const challenge = await passkeyChallenge(statement);
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { ...assertion, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: true,
      // The counter is compared by `countUse`, which also keeps it.
      credential: { id: credentialId, publicKey: Uint8Array.from(coseKey), counter: 0 },
    }).catch((cause: unknown) => {
      throw refused('the signature is not for this call and this verdict', cause);
    });
    // INVARIANT: what goes into the log is what the offline verification accepts.
    const fault = await assertionFault(assertion.response, publicKey, { rpId, origin }, challenge);
    if (!verified || fault !== undefined)
      throw refused('the signature is not for this call and this verdict', fault);
    return authenticationInfo.newCounter;
  }

  async #statement(
    approval: ApprovalRecord,
    input: Signable,
    person: SignedInPerson,
    nonce: string,
  ): Promise<PasskeyStatement> {
    const { verdict, step, reason, shown, passkey: _signature, ...others } = input;
    // With other arguments in place of the held ones, they are signed for by the name of the change.
    const terms = { ...others, edit: approval.editId ?? undefined };
    const isPlain = Object.values(terms).every((value) => value === undefined);
    return {
      type: 'holdpoint-verdict-v1',
      approval: approval.id,
      ...{ step, verdict, nonce },
      reason: await reasonDigest(loggedReason(reason)),
      params: approval.paramsDigest,
      // Keyed, since the log must not let anybody guess what was shown.
      shown: this.#keyed('passkey-shown', shown ?? null),
      terms: isPlain ? null : this.#keyed('passkey-terms', terms),
      person: person.key,
    };
  }

  #keyed(purpose: string, value: unknown): string {
    const json = z.json().parse(JSON.parse(JSON.stringify(value)));
    return this.envelope.mac(purpose, canonicalJson(json));
  }
}

/** As the entry has it. */
function loggedReason(reason: string | undefined): string {
  return (reason ?? '').toWellFormed();
}

function needed(what: string): GatewayError {
  return new GatewayError(
    'passkey_needed',
    `Your verdict was not recorded: a rule that holds this call demands a passkey, and ${what}. Passkeys are added under Account.`,
  );
}

function refused(why: string, cause?: unknown): GatewayError {
  return new GatewayError('passkey_refused', `Your verdict was not recorded: ${why}. Try again.`, {
    cause,
  });
}
