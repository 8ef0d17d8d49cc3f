import 'reflect-metadata';
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ACCESS, type Access } from './access.ts';

const SOURCES = join(dirname(fileURLToPath(import.meta.url)), '..');
/** All that is open without a session. An addition here is a decision, not a detail. */
const PUBLIC = [
  'ConnectorsController.enroll',
  'HealthController.live',
  'HealthController.ready',
  'SignInController.callback',
  'SignInController.login',
];
/** What changes something without a session: a connector has none, and its one-time token is looked up instead. */
const PUBLIC_WRITES = ['ConnectorsController.enroll'];
/** Nest's marks of a route. */
const PATH = 'path';
const METHOD = 'method';

interface Route {
  readonly name: string;
  readonly access: Access | undefined;
  readonly writes: boolean;
}

let routes: readonly Route[];

beforeAll(async () => {
  const files = globSync('**/*.controller.ts', { cwd: SOURCES });
  const modules: object[] = await Promise.all(files.map((file) => import(join(SOURCES, file))));
  routes = modules.flatMap((module) => Object.values(module)).flatMap(routesOf);
});

function routesOf(exported: unknown): readonly Route[] {
  if (typeof exported !== 'function' || !Reflect.hasMetadata(PATH, exported)) return [];
  const prototype: object = exported.prototype;
  return Object.getOwnPropertyNames(prototype).flatMap((key) => {
    const handler: unknown = Reflect.get(prototype, key);
    if (typeof handler !== 'function' || !Reflect.hasMetadata(METHOD, handler)) return [];
    const access: Access | undefined =
      Reflect.getMetadata(ACCESS, handler) ?? Reflect.getMetadata(ACCESS, exported);
    const writes = Reflect.getMetadata(METHOD, handler) !== 0;
    return [{ name: `${exported.name}.${key}`, access, writes }];
  });
}

describe('every route of every controller', () => {
  it('is found', () => {
    expect(routes.length).toBeGreaterThan(10);
  });

  it('says who may use it', () => {
    expect(routes.filter(({ access }) => access === undefined)).toEqual([]);
  });

  it('is closed, but for health and the way to a sign-in', () => {
    const open = routes.filter(({ access }) => access?.kind === 'public').map(({ name }) => name);
    expect(open.sort()).toEqual(PUBLIC);
  });

  it('that changes something is never public, but for what brings a token of its own', () => {
    const open = routes.filter(({ access, writes }) => writes && access?.kind === 'public');
    expect(open.map(({ name }) => name)).toEqual(PUBLIC_WRITES);
  });
});
