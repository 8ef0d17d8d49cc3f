import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { getProxyForUrl } from 'proxy-from-env';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { z } from 'zod';
import type { AwsConfig, Reference } from '../config/config.ts';

const TIMEOUT_MS = 10_000;
const members = z.record(z.string(), z.unknown());

/**
 * AWS Secrets Manager by AWS's own client, which finds its login as every AWS program does: variables,
 * profile, web identity, the instance's or the container's role.
 */
export class AwsSecrets {
  readonly #config: AwsConfig;
  readonly #proxy: string | undefined;
  #client: SecretsManagerClient | undefined;

  constructor(config: AwsConfig, proxy: string | undefined) {
    this.#config = config;
    this.#proxy = proxy;
  }

  /** @throws Error that names the secret and AWS's reason, never a value */
  async read({ secretId, field }: NonNullable<Reference['awsSecretsManager']>): Promise<string> {
    // Large, and of no use to who has no secret there.
    const sdk = await import('@aws-sdk/client-secrets-manager');
    this.#client ??= this.#connect(sdk);
    const answer = await this.#client
      .send(new sdk.GetSecretValueCommand({ SecretId: secretId }))
      .catch((cause: unknown) => {
        const reason = cause instanceof Error ? cause.name : 'unknown';
        throw new Error(`AWS Secrets Manager refused ${secretId} (${reason})`, { cause });
      });
    const text = answer.SecretString;
    if (text === undefined) throw new Error(`${secretId} in AWS Secrets Manager is not a text`);
    if (field === undefined) return text;
    const value = readMembers(text, secretId)[field];
    if (typeof value !== 'string') {
      throw new Error(`${secretId} in AWS Secrets Manager has no text ${field}`);
    }
    return value;
  }

  close(): void {
    this.#client?.destroy();
  }

  #connect(sdk: typeof import('@aws-sdk/client-secrets-manager')): SecretsManagerClient {
    const { region, endpoint } = this.#config;
    const target = endpoint ?? 'https://secretsmanager.amazonaws.com';
    const proxy = this.#proxy === 'none' ? '' : (this.#proxy ?? getProxyForUrl(target));
    const agents =
      proxy === ''
        ? {}
        : { httpsAgent: new HttpsProxyAgent(proxy), httpAgent: new HttpsProxyAgent(proxy) };
    return new sdk.SecretsManagerClient({
      ...(region !== undefined && { region }),
      ...(endpoint !== undefined && { endpoint }),
      maxAttempts: 3,
      requestHandler: { ...agents, connectionTimeout: TIMEOUT_MS, requestTimeout: TIMEOUT_MS },
    });
  }
}

/** Without the parser's reason: it would quote the secret. */
function readMembers(text: string, secretId: string): Record<string, unknown> {
  try {
    return members.parse(JSON.parse(text));
  } catch {
    throw new Error(`${secretId} in AWS Secrets Manager is not a JSON object`);
  }
}
