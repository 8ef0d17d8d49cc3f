import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Document, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConnectorError, messageOf } from '../connector.error.ts';
import { type Config, configSchema, type Reference, type Value } from './config.ts';

/**
 * Reads and checks the file. Paths in it that are relative are so to the file's folder.
 *
 * @throws ConnectorError `config_unreadable`, `config_invalid`
 */
export function loadConfig(path: string): Config {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConnectorError(
      'config_unreadable',
      `The configuration ${path} can't be read: ${messageOf(cause)}. Name another with --config.`,
      { cause },
    );
  }
  return absolute(parseConfig(text, path), dirname(resolve(path)));
}

/** @throws ConnectorError `config_invalid`, with a line for each fault */
export function parseConfig(text: string, path: string): Config {
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (fault !== undefined) {
    throw new ConnectorError('config_invalid', `${path} is not valid YAML: ${fault.message}`);
  }
  const parsed = configSchema.safeParse(toValue(document, path), { error: inWords });
  if (parsed.success) {
    checkVault(parsed.data, path);
    return parsed.data;
  }
  const lines = parsed.error.issues.flatMap((issue) => describe(issue));
  throw new ConnectorError(
    'config_invalid',
    [`${path} is not valid:`, ...lines.map((line) => `  ${line}`)].join('\n'),
  );
}

/** Aliases of aliases of aliases are refused before they are written out. */
function toValue(document: Document, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 20 });
  } catch (cause) {
    throw new ConnectorError('config_invalid', `${path} is not valid YAML: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** Where the schema has no words of its own. An operator knows YAML, and nothing of types of JavaScript. */
function inWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  if (issue.input === undefined) return 'is missing';
  if (issue.input === null) return 'is empty';
  const kind = KINDS[issue.expected];
  return kind && `must be ${kind}`;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text; put it in quotes if it looks like something else',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys with values',
  record: 'keys with values',
};

function describe(issue: z.core.$ZodIssue, above: readonly PropertyKey[] = []): string[] {
  const path = [...above, ...issue.path];
  // What a key should have been is said by the innermost fault.
  if (issue.code === 'invalid_key') {
    return issue.issues.flatMap((inner) => [`${at(path)}: this name ${inner.message}`]);
  }
  return [`${at(path)}: ${issue.message}`];
}

function at(path: readonly PropertyKey[]): string {
  return path.length === 0 ? '(the whole file)' : path.map(String).join('.');
}

/** A reference to Vault without a Vault would fail only when the first call comes. */
function checkVault(config: Config, path: string): void {
  if (config.vault !== undefined) return;
  const needs = Object.entries(config.servers).filter(([, { stdio, http }]) =>
    Object.values(stdio?.env ?? http?.headers ?? {}).some(
      (value) => typeof value !== 'string' && value.vault !== undefined,
    ),
  );
  const [first] = needs;
  if (first === undefined) return;
  throw new ConnectorError(
    'config_invalid',
    `${path} is not valid:\n  servers.${first[0]}: a value comes from Vault, but there is no "vault" with its address and login`,
  );
}

function absolute(config: Config, folder: string): Config {
  const path = (relative: string) => resolve(folder, relative);
  const optional = (relative: string | undefined) =>
    relative === undefined ? {} : { ca: path(relative) };
  const servers = Object.entries(config.servers).map(([name, { stdio, http }]) => [
    name,
    {
      ...(stdio !== undefined && {
        stdio: {
          ...stdio,
          cwd: stdio.cwd === undefined ? folder : path(stdio.cwd),
          env: mapValues(stdio.env, path),
        },
      }),
      ...(http !== undefined && {
        http: { ...http, ...optional(http.ca), headers: mapValues(http.headers, path) },
      }),
    },
  ]);
  return {
    ...config,
    ...(config.state !== undefined && { state: path(config.state) }),
    gateway: { ...config.gateway, ...optional(config.gateway.ca) },
    ...(config.vault !== undefined && {
      vault: {
        ...config.vault,
        ...optional(config.vault.ca),
        auth: vaultAuth(config.vault.auth, path),
      },
    }),
    servers: Object.fromEntries(servers),
  };
}

function mapValues(
  values: Readonly<Record<string, Value>>,
  path: (relative: string) => string,
): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : mapReference(value, path),
    ]),
  );
}

function mapReference(reference: Reference, path: (relative: string) => string): Reference {
  return reference.file === undefined ? reference : { ...reference, file: path(reference.file) };
}

type VaultAuth = NonNullable<Config['vault']>['auth'];

function vaultAuth(auth: VaultAuth, path: (relative: string) => string): VaultAuth {
  if ('token' in auth) return { token: mapReference(auth.token, path) };
  if ('kubernetes' in auth) return auth;
  const { roleId, secretId, mount } = auth.appRole;
  const role = typeof roleId === 'string' ? roleId : mapReference(roleId, path);
  return { appRole: { roleId: role, secretId: mapReference(secretId, path), mount } };
}
