import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Ledger } from '../audit/ledger.ts';
import type { Environment } from '../env.ts';
import { LiveGateway } from '../live/live.gateway.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database, type Queryable } from '../platform/database.ts';
import { Envelope } from '../platform/envelope.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Logger } from '../platform/logger.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';
import {
  dropRefreshToken,
  endCheck,
  findRenewable,
  findSignIn,
  insertSignIn,
  keepRefreshToken,
  learnGroups,
  lockSignIn,
  takeCheck,
  tellDelegations,
  tellPerson,
  type KnownSignIn,
} from './console-sign-in.sql.ts';
import { Issuer } from './issuer.ts';
import { askGroupsAgain } from './refresh-flow.ts';
import { rolesOf } from './roles.ts';
import type { ConfirmedPerson, FinishedSignIn, SignedInPerson } from './signed-in-person.ts';

/** Who is asked about, and with which session. */
type Checked = Pick<ConfirmedPerson, 'key' | 'name' | 'session'>;

/** Longer than the requests that one check makes can take. */
const LEASE_MS = 45_000;
const LOOK_AGAIN_MS = 100;
/** A sign-in of just now counts as a check where the provider gives nothing to check with later. */
const JUST_SIGNED_IN_MS = 120_000;

/**
 * Whether a person is still in the groups that a verdict needs. Asks the provider with the session's
 * refresh token where it was not asked for some minutes. One check a session at a time, on whatever
 * replica: a rotated token works once, and using it twice ends the sign-in at many providers.
 */
@Injectable()
export class GroupCheck {
  constructor(
    private readonly database: Database,
    private readonly envelope: Envelope,
    private readonly issuer: Issuer,
    private readonly ledger: Ledger,
    private readonly live: LiveGateway,
    private readonly bus: ChangeBus,
    @Inject(ENVIRONMENT) private readonly env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Called once the session is stored: its row ends with the session. */
  async begin(sid: string, { person, sub, refreshToken }: FinishedSignIn): Promise<void> {
    const refreshSealed =
      refreshToken === null ? null : this.envelope.sealText(refreshToken, contextOf(sid));
    const signIn = { sid, personKey: person.key, sub, groups: person.groups, refreshSealed };
    await this.database.transaction(async (client) => {
      const learnedAt = await insertSignIn(client, signIn);
      await this.#tell(client, person.key, person.groups, learnedAt);
    });
  }

  /**
   * The person as the provider knows them now. Talks to it, so never under a lock.
   *
   * @throws GatewayError `sign_in_again` or `groups_unconfirmed`
   */
  async confirm(
    person: SignedInPerson,
    { always = false }: { readonly always?: boolean } = {},
  ): Promise<ConfirmedPerson> {
    const { session } = person;
    if (session === undefined) throw signInAgain();
    return this.#confirmed(person, session, await this.#fresh({ ...person, session }, always));
  }

  async #fresh(person: Checked, always: boolean): Promise<KnownSignIn> {
    let known = await this.#known(person);
    const startedAt = known.now;
    const maxAgeMs = this.env.HOLDPOINT_GROUPS_MAX_AGE_MS;
    while (!isSince(known, startedAt) && (always || known.ageMs > maxAgeMs)) {
      if (!known.renewable) throw signInAgain();
      await this.#checkOrWait(person, known);
      known = await this.#known(person);
      if (known.now.getTime() - startedAt.getTime() > LEASE_MS) throw unconfirmed();
    }
    return known;
  }

  /**
   * Somebody whose place another person takes: asked about with a session of their own, where they left
   * one open. Otherwise what was known last is all there is.
   */
  async confirmAbsent(person: { readonly key: string; readonly name: string }): Promise<void> {
    const session = await findRenewable(this.database.pool, person.key);
    if (session === undefined) return;
    try {
      await this.#fresh({ ...person, session }, false);
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== 'sign_in_again') throw error;
    }
  }

  /** Asked again under the verdict's lock: what was confirmed, or what was learned since. */
  async stillConfirmed(client: Queryable, person: ConfirmedPerson): Promise<ConfirmedPerson> {
    const known = await lockSignIn(client, person.session, person.key);
    if (known === undefined || known.groupsAt < person.groupsConfirmedAt) throw signInAgain();
    return this.#confirmed(person, person.session, known);
  }

  async #known({ session, key }: Checked): Promise<KnownSignIn> {
    const known = await findSignIn(this.database.pool, session, key);
    if (known === undefined) throw signInAgain();
    return known;
  }

  #confirmed(person: SignedInPerson, session: string, known: KnownSignIn): ConfirmedPerson {
    const roles = rolesOf(known.groups, this.env);
    return { ...person, session, groups: known.groups, roles, groupsConfirmedAt: known.groupsAt };
  }

  async #checkOrWait(person: Checked, known: KnownSignIn): Promise<void> {
    const sid = person.session;
    const taken = await takeCheck(this.database.pool, sid, LEASE_MS);
    if (taken === undefined) {
      await sleep(LOOK_AGAIN_MS);
      return;
    }
    try {
      const refreshToken = this.envelope.openText(taken.refreshSealed, contextOf(sid));
      const answer = await askGroupsAgain(this.issuer, this.env, {
        refreshToken,
        sub: known.sub,
        keep: (rotated) => this.#keep(sid, rotated),
      });
      if (answer.kind === 'learned') {
        await this.#learn(person, known, { groups: answer.groups, askedAt: taken.askedAt });
        return;
      }
      this.logger.warn({ error: String(answer.cause) }, 'groups could not be confirmed');
      if (answer.kind === 'unreachable') throw unconfirmed(answer.cause);
      await dropRefreshToken(this.database.pool, sid);
      throw signInAgain(answer.cause);
    } finally {
      await endCheck(this.database.pool, sid).catch(() => undefined);
    }
  }

  #keep(sid: string, rotated: string): Promise<void> {
    const sealed = this.envelope.sealText(rotated, contextOf(sid));
    return keepRefreshToken(this.database.pool, sid, sealed);
  }

  async #learn(
    person: Checked,
    known: KnownSignIn,
    { groups, askedAt }: { readonly groups: readonly string[]; readonly askedAt: Date },
  ): Promise<void> {
    const sid = person.session;
    const changed = !isSameSet(groups, known.groups);
    await this.database.transaction(async (client) => {
      const learned = await learnGroups(client, sid, groups, askedAt);
      if (learned) await this.#tell(client, person.key, groups, askedAt);
      if (!learned || !changed) return;
      await this.ledger.appendIn(client, {
        kind: 'person.groups_changed',
        who: person.key,
        data: { person: person.name, groups: [...groups], before: known.groups },
      });
    });
    // Which hints a socket hears was decided when it connected.
    if (changed) this.live.disconnectSession(sid);
  }

  /** Others who go by this person's groups: whoever stands in for them, and the watch over the chains. */
  async #tell(
    client: Queryable,
    personKey: string,
    groups: readonly string[],
    learnedAt: Date,
  ): Promise<void> {
    await tellDelegations(client, personKey, groups, learnedAt);
    if (await tellPerson(client, personKey, groups, learnedAt))
      await this.bus.announce('people', null, client);
  }
}

function isSince(known: KnownSignIn, startedAt: Date): boolean {
  return known.renewable ? known.groupsAt >= startedAt : known.ageMs <= JUST_SIGNED_IN_MS;
}

function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  const [one, other] = [new Set(some), new Set(others)];
  return one.size === other.size && [...one].every((group) => other.has(group));
}

/** What seals a token to its session. */
const contextOf = (sid: string) => `console-refresh:${sid}`;

function signInAgain(cause?: unknown): GatewayError {
  return new GatewayError(
    'sign_in_again',
    'Nothing was recorded: the identity provider has to say again which groups you are in, and for that you have to sign in again. Then do it once more.',
    { cause },
  );
}

function unconfirmed(cause?: unknown): GatewayError {
  return new GatewayError(
    'groups_unconfirmed',
    'Nothing was recorded: the identity provider could not be reached, so nobody can say whether you are still a reviewer. Try again in a moment; if it goes on, the provider needs attention.',
    { cause },
  );
}
