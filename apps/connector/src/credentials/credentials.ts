import { readFileSync } from 'node:fs';
import type { Config, Reference, Value } from '../config/config.ts';
import { ConnectorError, messageOf } from '../connector.error.ts';
import { AwsSecrets } from './aws-secrets.ts';
import type { Secrets } from './secrets.ts';
import { VaultClient } from './vault.ts';

const MAX_SECRET_BYTES = 64 * 1024;

interface Kept {
  readonly value: string;
  readonly until: number;
}

/**
 * Turns what stands in the file into values. Files and variables are read each time, Vault and AWS at
 * most every `credentialSeconds`. What can't be read is an error, never an empty value and never the
 * one of before: somebody may have taken it back.
 */
export class Credentials {
  readonly #config: Pick<Config, 'credentialSeconds'>;
  readonly #secrets: Secrets;
  readonly #env: NodeJS.ProcessEnv;
  readonly #vault: VaultClient | undefined;
  readonly #aws: AwsSecrets;
  readonly #kept = new Map<string, Kept>();
  readonly #reading = new Map<string, Promise<string>>();

  constructor(
    config: Pick<Config, 'credentialSeconds' | 'vault' | 'aws' | 'gateway'>,
    secrets: Secrets,
    env: NodeJS.ProcessEnv,
  ) {
    this.#config = config;
    this.#secrets = secrets;
    this.#env = env;
    const { proxy } = config.gateway;
    this.#aws = new AwsSecrets(config.aws, proxy);
    if (config.vault !== undefined) {
      this.#vault = new VaultClient(config.vault, {
        proxy,
        resolve: (value) => this.#resolve(value),
        secret: (text) => secrets.add(text),
      });
    }
  }

  /** @throws ConnectorError `credential_unavailable`; the message names where, never what. */
  async resolveAll(values: Readonly<Record<string, Value>>): Promise<Record<string, string>> {
    const names = Object.keys(values);
    const resolved = await Promise.all(
      Object.entries(values).map(([name, value]) =>
        this.#resolve(value).catch((cause: unknown) => {
          throw new ConnectorError('credential_unavailable', `${name}: ${messageOf(cause)}`, {
            cause,
          });
        }),
      ),
    );
    return Object.fromEntries(names.map((name, index) => [name, resolved[index] ?? '']));
  }

  close(): void {
    this.#aws.close();
    this.#vault?.close();
  }

  async #resolve(value: Value): Promise<string> {
    if (typeof value === 'string') return value;
    const text = await this.#read(value);
    if (text === '') throw new Error(`${sourceOf(value)} is empty`);
    if (Buffer.byteLength(text) > MAX_SECRET_BYTES) {
      throw new Error(`${sourceOf(value)} is longer than ${MAX_SECRET_BYTES} bytes`);
    }
    this.#secrets.add(text);
    return `${value.prefix ?? ''}${text}`;
  }

  async #read(reference: Reference): Promise<string> {
    const { file, env, vault, awsSecretsManager } = reference;
    if (file !== undefined) return readSecretFile(file);
    if (env !== undefined) return this.#variable(env);
    const key = JSON.stringify([vault, awsSecretsManager]);
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.until > performance.now()) return kept.value;
    const reading = this.#reading.get(key) ?? this.#fetch(key, reference);
    this.#reading.set(key, reading);
    return reading;
  }

  /** Many calls that need the same value at once ask for it once. */
  async #fetch(key: string, { vault, awsSecretsManager }: Reference): Promise<string> {
    try {
      const value =
        vault !== undefined
          ? await this.#fromVault(vault)
          : await this.#aws.read(awsSecretsManager ?? { secretId: '' });
      const until = performance.now() + this.#config.credentialSeconds * 1000;
      this.#kept.set(key, { value, until });
      return value;
    } finally {
      this.#reading.delete(key);
    }
  }

  #fromVault(secret: NonNullable<Reference['vault']>): Promise<string> {
    if (this.#vault === undefined) throw new Error('no Vault is configured');
    return this.#vault.read(secret);
  }

  #variable(name: string): string {
    const value = this.#env[name];
    if (value === undefined) throw new Error(`the variable ${name} is not set`);
    return value;
  }
}

/** An editor's line break at the end is no part of a secret. */
function readSecretFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new Error(`the file ${path} can't be read (${codeOf(cause)})`, { cause });
  }
}

function sourceOf({ file, env, vault, awsSecretsManager }: Reference): string {
  if (file !== undefined) return `the file ${file}`;
  if (env !== undefined) return `the variable ${env}`;
  if (vault !== undefined) return `${vault.field} at ${vault.path} in Vault`;
  return `the secret ${awsSecretsManager?.secretId ?? ''} in AWS Secrets Manager`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : messageOf(error);
}
