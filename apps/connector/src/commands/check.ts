import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Config, Value, VaultConfig } from '../config/config.ts';

/** What a look at one configuration found, without starting or reaching anything. */
export interface CheckReport {
  readonly lines: readonly string[];
  readonly faults: number;
}

/** Looks at programs, folders, files and variables that the configuration names. */
export function check(config: Config, env: NodeJS.ProcessEnv): CheckReport {
  const lines: string[] = [];
  let faults = 0;
  const fault = (text: string) => {
    lines.push(`  ✗ ${text}`);
    faults += 1;
  };
  for (const [key, problem] of around(config, env)) fault(`${key}: ${problem}`);
  const servers = Object.entries(config.servers);
  if (servers.length === 0) fault('servers: there are none, so there is nothing to connect');
  for (const [name, { stdio, http }] of servers) {
    lines.push(`${name} (${stdio === undefined ? 'http' : `stdio, ${stdio.sessions}`})`);
    if (stdio !== undefined) {
      if (!isFolder(stdio.cwd)) fault(`cwd: ${stdio.cwd ?? ''} is no folder`);
      else if (!isProgram(stdio.command, stdio.cwd ?? '.', env)) {
        fault(`command: ${stdio.command} is found nowhere in PATH, or can't be run`);
      }
    }
    for (const [key, value] of Object.entries(stdio?.env ?? http?.headers ?? {})) {
      const problem = valueFault(value, env);
      if (problem !== undefined) fault(`${key}: ${problem}`);
    }
    const problem = fileFault(http?.ca);
    if (problem !== undefined) fault(`ca: ${problem}`);
  }
  return { lines, faults };
}

/** What is wrong with what all servers need. */
function around({ gateway, vault }: Config, env: NodeJS.ProcessEnv): [string, string][] {
  const found: [string, string | undefined][] = [
    ['gateway.ca', fileFault(gateway.ca)],
    ['vault.ca', fileFault(vault?.ca)],
    ...(vault === undefined ? [] : loginFaults(vault.auth, env)),
  ];
  return found.flatMap(([key, problem]): [string, string][] =>
    problem === undefined ? [] : [[key, problem]],
  );
}

function loginFaults(
  auth: VaultConfig['auth'],
  env: NodeJS.ProcessEnv,
): [string, string | undefined][] {
  if ('token' in auth) return [['vault.auth.token', valueFault(auth.token, env)]];
  if ('kubernetes' in auth)
    return [['vault.auth.kubernetes.tokenFile', fileFault(auth.kubernetes.tokenFile)]];
  const { roleId, secretId } = auth.appRole;
  return [
    ['vault.auth.appRole.roleId', valueFault(roleId, env)],
    ['vault.auth.appRole.secretId', valueFault(secretId, env)],
  ];
}

function fileFault(path: string | undefined): string | undefined {
  return path === undefined || isReadable(path) ? undefined : `${path} can't be read`;
}

function valueFault(value: Value, env: NodeJS.ProcessEnv): string | undefined {
  if (typeof value === 'string') return undefined;
  const problem = fileFault(value.file);
  if (problem !== undefined) return problem;
  if (value.env !== undefined && env[value.env] === undefined) {
    return `the variable ${value.env} is not set here`;
  }
  return undefined;
}

function isFolder(path: string | undefined): boolean {
  return path === undefined || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** As the system looks a program up: a name in PATH, anything with a slash as a path. */
function isProgram(command: string, cwd: string, env: NodeJS.ProcessEnv): boolean {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths = isAbsolute(command)
    ? [command]
    : command.includes('/')
      ? [join(cwd, command)]
      : folders.map((folder) => join(folder, command));
  return paths.some((path) => {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  });
}
