import { text } from 'node:stream/consumers';
import {
  chainStepInputSchema,
  connectionInputSchema,
  personRefSchema,
  slugSchema,
  type ConnectionInput,
} from '@holdpoint/contracts';
import { DEMO_POLICY_YAML } from '@holdpoint/policy';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { Ledger } from './audit/ledger.ts';
import { insertConnection } from './connections/connection.sql.ts';
import { CredentialVault } from './connections/credential-vault.ts';
import { ensureSite } from './connectors/connector.sql.ts';
import { insertEnrolment } from './connectors/enrolment.sql.ts';
import { parseEnvironment } from './env.ts';
import { ChangeBus } from './platform/change-bus.ts';
import { Database, type Queryable } from './platform/database.ts';
import { Envelope } from './platform/envelope.ts';
import { createLogger } from './platform/logger.ts';

const BY = 'demo seed';

const seedSchema = connectionInputSchema
  .pick({ slug: true, title: true, url: true, allowPrivate: true, callerGroups: true })
  .extend({
    credential: z.object({ kind: z.literal('bearer'), token: z.string().min(1) }),
    defaultChain: z.array(chainStepInputSchema).min(1),
    serviceIdentities: z.array(
      z.object({ issuer: z.url(), clientId: z.string().min(1), ownerSubject: z.string().min(1) }),
    ),
    /** A connection through the demo's connector, and the token that enrols it where it is new. */
    files: z
      .object({
        site: slugSchema,
        slug: slugSchema,
        title: z.string().min(1),
        url: connectionInputSchema.shape.url,
        tokenHash: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .nullable(),
      })
      .optional(),
    /** So that an owner has a name before the first sign-in. */
    people: z.array(personRefSchema).default([]),
  });
type Seed = z.infer<typeof seedSchema>;

const movableSchema = z.object({
  id: z.string(),
  url: z.string(),
  credential_sealed: z.instanceof(Uint8Array).nullable(),
});

interface Tools {
  readonly vault: CredentialVault;
  readonly ledger: Ledger;
  readonly changes: ChangeBus;
}

/**
 * `node dist/seed.js < seed.json`: gives a fresh embedded installation its demo connection, the
 * owners of its agents and a first policy. Running it again changes only what moves between starts
 * (the demo upstream's port and credential), never what an admin decided.
 */
try {
  await seed(seedSchema.parse(JSON.parse(await text(process.stdin))));
  process.exit(0);
} catch (error) {
  const message = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
  process.stderr.write(`The demo could not be set up: ${message}\n`);
  process.exit(1);
}

async function seed(wanted: Seed): Promise<void> {
  const env = parseEnvironment(process.env);
  if (env.HOLDPOINT_MODE !== 'embedded') throw new Error('Only embedded mode has a demo.');
  const logger = createLogger(env.HOLDPOINT_LOG_LEVEL);
  const database = new Database(env, logger);
  const envelope = new Envelope(env);
  const tools: Tools = {
    vault: new CredentialVault(envelope),
    ledger: new Ledger(env, logger, envelope),
    changes: new ChangeBus(env, logger, database),
  };
  await database.transaction(async (client) => {
    await saveConnection(client, tools, wanted);
    await saveFiles(client, tools, wanted);
    await saveServiceIdentities(client, wanted);
    await publishFirstPolicy(client, tools);
  });
}

async function saveConnection(on: Queryable, tools: Tools, wanted: Seed): Promise<void> {
  const id = uuidv7();
  const input: ConnectionInput = connectionInputSchema.parse({
    ...wanted,
    chain: wanted.defaultChain,
  });
  const sealed = tools.vault.sealCredential(id, wanted.credential);
  const credential = { kind: wanted.credential.kind, sealed };
  const isNew = await insertConnection(on, id, { input, credential, webhookSecret: null });
  if (!isNew) return moveConnection(on, tools, wanted);
  await tools.ledger.appendIn(on, {
    kind: 'connection.created',
    connection: { id, slug: wanted.slug },
    data: { by: BY, title: wanted.title, url: wanted.url },
  });
  await tools.changes.announce('connections', id, on);
}

/** What an admin made of it later stays. */
async function saveFiles(on: Queryable, tools: Tools, wanted: Seed): Promise<void> {
  const { files, defaultChain: chain, callerGroups } = wanted;
  if (files === undefined) return;
  const { slug, title, url, site, tokenHash } = files;
  const { id: siteId } = await ensureSite(on, uuidv7(), site);
  if (tokenHash !== null) {
    const createdBy = { createdBy: BY, createdByName: BY };
    await insertEnrolment(on, { id: uuidv7(), siteId, hash: tokenHash, minutes: 10, ...createdBy });
    await tools.ledger.appendIn(on, {
      kind: 'connector.enrolment_created',
      target: site,
      data: { by: BY, site },
    });
  }
  const id = uuidv7();
  const input = connectionInputSchema.parse({ slug, title, url, callerGroups, chain });
  const settings = {
    input,
    credential: { kind: 'none', sealed: null },
    webhookSecret: null,
  } as const;
  if (!(await insertConnection(on, id, settings))) return;
  await tools.ledger.appendIn(on, {
    kind: 'connection.created',
    connection: { id, slug },
    data: { by: BY, title, url },
  });
  await tools.changes.announce('connections', id, on);
}

/** An admin's other address or other kind of credential stays. */
async function moveConnection(on: Queryable, tools: Tools, wanted: Seed): Promise<void> {
  const { rows } = await on.query(
    `select id, url, credential_sealed from connection
     where slug = $1 and credential_kind = $2
       and url ~ '^http://(localhost|127\\.0\\.0\\.1|\\[::1\\])[:/]'
     for update`,
    [wanted.slug, wanted.credential.kind],
  );
  const found = movableSchema.safeParse(rows[0]).data;
  if (found === undefined) return;
  const stored = tools.vault.openCredential(found.id, found.credential_sealed)['authorization'];
  if (found.url === wanted.url && stored === `Bearer ${wanted.credential.token}`) return;
  await on.query(
    'update connection set url = $2, credential_sealed = $3, updated_at = now() where id = $1',
    [found.id, wanted.url, tools.vault.sealCredential(found.id, wanted.credential)],
  );
  await tools.ledger.appendIn(on, {
    kind: 'connection.updated',
    connection: { id: found.id, slug: wanted.slug },
    data: { by: BY, url: wanted.url },
  });
  await tools.changes.announce('connections', found.id, on);
}

async function saveServiceIdentities(
  on: Queryable,
  { serviceIdentities, people }: Seed,
): Promise<void> {
  for (const { key, name, email } of people) {
    await on.query(
      'insert into person (key, name, email) values ($1, $2, $3) on conflict (key) do nothing',
      [key, name, email],
    );
  }
  for (const { issuer, clientId, ownerSubject } of serviceIdentities) {
    await on.query(
      `insert into service_identity (issuer, subject, title, owner_key) values ($1, $2, $2, $3)
       on conflict (issuer, subject) do nothing`,
      [issuer, clientId, `${issuer}|${ownerSubject}`],
    );
  }
}

async function publishFirstPolicy(on: Queryable, tools: Tools): Promise<void> {
  const { rowCount } = await on.query(
    `insert into policy_version (number, source, note, published_by, origin)
     select 1, $1, 'The policy of the demo.', $2, 'installation'
     where not exists (select 1 from policy_version)
     on conflict (number) do nothing`,
    [DEMO_POLICY_YAML, BY],
  );
  if (rowCount !== 1) return;
  await tools.ledger.appendIn(on, { kind: 'policy.published', data: { by: BY, number: 1 } });
  await tools.changes.announce('policies', '1', on);
}
