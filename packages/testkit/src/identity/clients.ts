import { errors, type ClientMetadata, type KoaContextWithOIDC } from 'oidc-provider';
import { z } from 'zod';
import type { Agent } from './directory.ts';

/** The pre-registered public client for MCP clients that ask for a client id. */
export const CLI_CLIENT_ID = 'holdpoint-cli';

export const consoleClientSchema = z.object({ clientId: z.string(), clientSecret: z.string() });
export type ConsoleClient = z.infer<typeof consoleClientSchema>;

const LOOPBACK = ['http://localhost', 'http://127.0.0.1', 'http://[::1]'];
const CALLBACK_PATHS = ['/callback', '/oauth/callback', '/oauth/callback/debug'];

/** Whether an address leads back to this machine. */
export function isLoopbackUrl(address: string): boolean {
  const host = URL.parse(address)?.hostname;
  return host === 'localhost' || host === '127.0.0.1' || host === '[::1]';
}

/** The clients the provider knows from the start. */
export function staticClients(
  publicUrl: string,
  console: ConsoleClient,
  agents: readonly Agent[],
): ClientMetadata[] {
  return [
    {
      client_id: console.clientId,
      client_secret: console.clientSecret,
      client_name: 'Holdpoint console',
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: [`${publicUrl}/auth/callback`],
      post_logout_redirect_uris: [publicUrl, `${publicUrl}/`],
    },
    {
      client_id: CLI_CLIENT_ID,
      client_name: 'MCP client on this machine',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      // A native client's loopback redirect matches on any port (RFC 8252, section 7.3).
      redirect_uris: LOOPBACK.flatMap((origin) => CALLBACK_PATHS.map((path) => origin + path)),
    },
    ...agents.map((agent) => ({
      client_id: agent.clientId,
      client_secret: agent.clientSecret,
      client_name: agent.clientId,
      token_endpoint_auth_method: 'client_secret_basic' as const,
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      groups: agent.groups,
    })),
  ];
}

const GRANTS_OF_STRANGERS = new Set(['authorization_code', 'refresh_token']);

/**
 * Guards dynamic registration: a stranger may only register a client that brings people back to this
 * machine, and can neither give itself groups nor sign in without a person.
 */
export function validateRegistration(
  ctx: KoaContextWithOIDC | undefined,
  key: string,
  value: unknown,
  metadata: ClientMetadata,
): void {
  if (ctx === undefined || key !== 'groups') return;
  if (value !== undefined) throw new errors.InvalidClientMetadata('groups can not be registered');
  if (!(metadata.redirect_uris ?? []).every(isLoopbackUrl)) {
    throw new errors.InvalidRedirectUri('redirect_uris must lead to this machine');
  }
  if (!(metadata.grant_types ?? []).every((grant) => GRANTS_OF_STRANGERS.has(grant))) {
    throw new errors.InvalidClientMetadata('grant_types may only be those of a person');
  }
}
