import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readStarted, type Started } from '@holdpoint/testkit';
import pg from 'pg';
import { z } from 'zod';
import { Person } from './person.ts';
import { Production } from './production.ts';

/** Environment variable with the home of the stack that most tests of one worker share. */
export const worldHome = (worker: number) => `HOLDPOINT_E2E_HOME_${worker}`;

const secretsSchema = z.object({ upstreamToken: z.string() });

/** The demo's people, by what they are for. */
export const PEOPLE = {
  /** Reviewer. */
  avery: 'avery@example.com',
  /** Reviewer. */
  riley: 'riley@example.com',
  /** Admin and reviewer. */
  morgan: 'morgan@example.com',
  /** Auditor. */
  jordan: 'jordan@example.com',
  /** Reviewer who may also call, and who owns `demo-agent`. */
  sam: 'sam@example.com',
  /** Has no role. */
  casey: 'casey@example.com',
} as const;
export type PersonName = keyof typeof PEOPLE;

/** One running stack as a test sees it: its people, its agents, and its two databases. */
export class World {
  /** The folder that holds what this stack keeps. */
  readonly home: string;
  readonly started: Started;
  /** The credential that the demo upstream demands and only the gateway should have. */
  readonly upstreamToken: string;
  readonly production: Production;
  /** The gateway's own database. */
  readonly ledger: pg.Pool;
  readonly #people = new Map<PersonName, Promise<Person>>();

  private constructor(home: string, started: Started, upstreamToken: string) {
    this.home = home;
    this.started = started;
    this.upstreamToken = upstreamToken;
    this.production = new Production(started.demoDatabase);
    this.ledger = new pg.Pool({ connectionString: started.database, max: 3 });
    // The stack's database may stop before the last idle connection is given back.
    this.ledger.on('error', () => undefined);
  }

  static async open(home: string): Promise<World> {
    const started = await readStarted(join(home, 'started.json'));
    if (started === undefined) throw new Error(`No stack runs in ${home}.`);
    const secrets = secretsSchema.parse(
      JSON.parse(await readFile(join(home, 'secrets.json'), 'utf8')),
    );
    return new World(home, started, secrets.upstreamToken);
  }

  account(name: PersonName): Started['people'][number] {
    const found = this.started.people.find((each) => each.email === PEOPLE[name]);
    if (found === undefined) throw new Error(`The demo has no ${PEOPLE[name]}.`);
    return found;
  }

  agent(clientId: string): Started['agents'][number] {
    const found = this.started.agents.find((each) => each.clientId === clientId);
    if (found === undefined) throw new Error(`The demo has no agent ${clientId}.`);
    return found;
  }

  /** A person signed in to the console; once per stack, as people do. */
  person(name: PersonName): Promise<Person> {
    const known = this.#people.get(name);
    if (known !== undefined) return known;
    const signingIn = Person.signIn(this.started.console, this.account(name));
    this.#people.set(name, signingIn);
    return signingIn;
  }

  async close(): Promise<void> {
    for (const person of this.#people.values()) await (await person).leave();
    await Promise.all([this.production.close(), this.ledger.end()]);
  }
}

/** Somewhere of its own: a worker that starts anew after a failure meets none of the numbers before. */
let lastNumber = 900_000 + Math.floor(Math.random() * 8_000_000);

/** An order number that no order has, and that marks one test's call among all others. */
export function freshOrderId(): number {
  lastNumber += 1 + Math.floor(Math.random() * 50);
  return lastNumber;
}
