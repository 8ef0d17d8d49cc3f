import { generateSigningKey, openSigner, type NoteSigner } from '@holdpoint/audit-log';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Environment } from '../env.ts';
import { Database } from '../platform/database.ts';
import { Envelope } from '../platform/envelope.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';

const NAME = 'log';
const SEALED_AS = 'installation-key:log';
const rowSchema = z.object({ sealed: z.instanceof(Uint8Array) });

/**
 * The key that signs checkpoints. Made once for an installation and sealed under the master key;
 * its name is the log's origin and stays, even when the public address changes.
 */
@Injectable()
export class LogKey {
  #signer: Promise<NoteSigner> | undefined;

  constructor(
    private readonly database: Database,
    private readonly envelope: Envelope,
    @Inject(ENVIRONMENT) private readonly env: Environment,
  ) {}

  /** Signs; holds the verifier key, and as its name the origin. Read or made on first use. */
  signer(): Promise<NoteSigner> {
    this.#signer ??= this.#open().catch((error: unknown) => {
      this.#signer = undefined;
      throw error;
    });
    return this.#signer;
  }

  async #open(): Promise<NoteSigner> {
    return openSigner((await this.#read()) ?? (await this.#make()));
  }

  async #make(): Promise<string> {
    const host = new URL(this.env.HOLDPOINT_PUBLIC_URL).host;
    const key = await generateSigningKey(`${host}/${this.env.HOLDPOINT_INSTANCE}`);
    const sealed = this.envelope.sealText(key.skey, SEALED_AS);
    await this.database.pool.query(
      `insert into installation_key (name, sealed, public) values ($1, $2, $3)
       on conflict (name) do nothing`,
      [NAME, sealed, key.vkey],
    );
    // Another replica may have been first: what is stored counts.
    const stored = await this.#read();
    if (stored === undefined) throw new Error('The log key could not be stored.');
    return stored;
  }

  async #read(): Promise<string | undefined> {
    const { rows } = await this.database.pool.query(
      'select sealed from installation_key where name = $1',
      [NAME],
    );
    const [row] = z.array(rowSchema).parse(rows);
    return row && this.envelope.openText(row.sealed, SEALED_AS);
  }
}
