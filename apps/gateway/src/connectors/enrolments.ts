import { createHash, randomBytes } from 'node:crypto';
import type { ConnectorEnroll, ConnectorEnrolled, EnrolmentInput } from '@holdpoint/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { Ledger } from '../audit/ledger.ts';
import type { Environment } from '../env.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { newId } from '../platform/new-id.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import { ensureSite } from './connector.sql.ts';
import {
  burnEnrolment,
  insertConnector,
  insertEnrolment,
  withdrawEnrolment,
} from './enrolment.sql.ts';

/** Says what it is wherever it turns up, so that scanners for leaked secrets find it. */
const PREFIX = 'hpe_';
const FORM = /^hpe_[A-Za-z0-9_-]{43}$/;

/** Looked at within a minute by one gateway; a person enrols a handful a day. */
const TRIES_PER_MINUTE = 60;
const MINUTE_MS = 60_000;

export interface MadeEnrolment {
  readonly token: string;
  readonly expiresAt: string;
  readonly command: string;
}

/** One-time tokens, and the connectors that are made of them. */
@Injectable()
export class Enrolments {
  #minuteSince = 0;
  #tries = 0;

  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
  ) {}

  async create({ site, minutes }: EnrolmentInput, person: SignedInPerson): Promise<MadeEnrolment> {
    const token = `${PREFIX}${randomBytes(32).toString('base64url')}`;
    const id = newId();
    const expiresAt = await this.database.transaction(async (client) => {
      const { id: siteId } = await ensureSite(client, newId(), site);
      const hash = hashOf(token);
      const createdBy = { createdBy: person.key, createdByName: person.name };
      const expiry = await insertEnrolment(client, { id, siteId, hash, minutes, ...createdBy });
      await this.ledger.appendIn(client, {
        kind: 'connector.enrolment_created',
        who: person.key,
        target: site,
        data: { person: person.name, enrolment: id, site, minutes },
      });
      await this.bus.announce('connectors', null, client);
      return expiry;
    });
    const { HOLDPOINT_PUBLIC_URL: url } = this.env;
    const command = `npx holdpoint-connector enroll ${url} --token ${token}`;
    return { token, expiresAt: expiresAt.toISOString(), command };
  }

  async withdraw(id: string, person: SignedInPerson): Promise<void> {
    await this.database.transaction(async (client) => {
      const withdrawn = await withdrawEnrolment(client, id);
      if (withdrawn === undefined)
        throw new GatewayError(
          'not_found',
          'This token can’t be used any more anyway: it was used, withdrawn, or its time is over.',
        );
      await this.ledger.appendIn(client, {
        kind: 'connector.enrolment_withdrawn',
        who: person.key,
        target: withdrawn.site,
        data: { person: person.name, enrolment: id, site: withdrawn.site },
      });
      await this.bus.announce('connectors', null, client);
    });
  }

  /**
   * ATTACKER-CONTROLLED: anyone may come here. The token is looked up by its hash, so that how long it
   * takes tells nothing about one.
   *
   * @throws GatewayError `enrolment_refused`, `too_many_enrolments`
   */
  async enroll({ token, publicKey, name, version }: ConnectorEnroll): Promise<ConnectorEnrolled> {
    this.#countTry();
    if (!FORM.test(token)) throw refused();
    const connectorId = newId();
    const site = await this.database.transaction(async (client) => {
      const burned = await burnEnrolment(client, hashOf(token));
      if (burned === undefined) throw refused();
      const isNew = await insertConnector(client, {
        id: connectorId,
        siteId: burned.siteId,
        name,
        publicKey: publicKey.x,
        version,
        enrolledBy: burned.createdBy,
        enrolledByName: burned.createdByName,
      });
      if (!isNew)
        throw new GatewayError(
          'enrolment_refused',
          'This key belongs to a connector already. Enrol with a new state folder.',
        );
      await this.ledger.appendIn(client, {
        kind: 'connector.enrolled',
        who: burned.createdBy,
        target: name,
        data: { connector: connectorId, site: burned.site, version, key: hashOf(publicKey.x) },
      });
      await this.bus.announce('connectors', connectorId, client);
      return burned.site;
    });
    return { connectorId, site };
  }

  #countTry(): void {
    const now = Date.now();
    if (now - this.#minuteSince >= MINUTE_MS) {
      this.#minuteSince = now;
      this.#tries = 0;
    }
    this.#tries += 1;
    if (this.#tries > TRIES_PER_MINUTE)
      throw new GatewayError(
        'too_many_enrolments',
        'Too many connectors try to enrol here at once. Wait a minute, then try again; the token is still good.',
      );
  }
}

function refused(): GatewayError {
  return new GatewayError(
    'enrolment_refused',
    'This token doesn’t enrol a connector: it is unknown, or it was used or withdrawn, or its time is over. An admin makes a new one in the console, under Connectors.',
  );
}

/** A token has 256 bits of its own, so a plain hash can't be guessed backwards. */
function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
