import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { originOf } from '../connections/origin-of.ts';
import { HttpOutgoing } from '../connections/http-outgoing.ts';
import type { Environment } from '../env.ts';
import type { Logger } from '../platform/logger.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';

const RETRY_MS = 5000;
const POST_TIMEOUT_MS = 10_000;
const LOG_FILE = 'checkpoints.log';
const LATEST_FILE = 'latest.txt';

export interface SignedHead {
  readonly size: number;
  readonly note: string;
}

/**
 * Keeps checkpoints outside the database, where whoever rewrites it can't reach: only against such a
 * copy can truncation and a rewritten history be noticed. A place that fails is tried again with the
 * newest checkpoint, and never holds up the sequencer.
 */
@Injectable()
export class CheckpointKeeper implements OnModuleDestroy {
  readonly #places: readonly Place[];

  constructor(
    @Inject(ENVIRONMENT) env: Environment,
    @Inject(LOGGER) logger: Logger,
    outgoing: HttpOutgoing,
  ) {
    const { HOLDPOINT_CHECKPOINT_DIR: folder, HOLDPOINT_CHECKPOINT_URL: url } = env;
    this.#places = [
      ...(folder === undefined
        ? []
        : [new Place(folder, (head) => appendToFolder(folder, head), logger)]),
      ...(url === undefined
        ? []
        : [new Place(originOf(url), (head) => post(outgoing, url, head), logger)]),
    ];
  }

  keep(head: SignedHead): void {
    for (const place of this.#places) place.offer(head);
  }

  /** Where checkpoints are kept and up to which, for the audit page; `null` when nowhere. */
  keptIn(): string | null {
    if (this.#places.length === 0) return null;
    return this.#places.map((place) => place.describe()).join(', ');
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.#places.map((place) => place.stop()));
  }
}

/** One place, and the newest head that it still has to get. */
class Place {
  readonly #stop = new AbortController();
  #wanted: SignedHead | undefined;
  #isWorking = false;
  #working: Promise<void> | undefined;
  #keptSize = 0;
  #failure: string | undefined;

  constructor(
    private readonly name: string,
    private readonly store: (head: SignedHead) => Promise<void>,
    private readonly logger: Logger,
  ) {}

  offer(head: SignedHead): void {
    this.#wanted = head;
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#working = this.#work();
  }

  describe(): string {
    if (this.#failure !== undefined) return `${this.name} (failing: ${this.#failure})`;
    return this.#keptSize === 0 ? this.name : `${this.name} (up to ${this.#keptSize} entries)`;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#working;
  }

  async #work(): Promise<void> {
    try {
      while (this.#wanted !== undefined && this.#wanted.size > this.#keptSize) {
        const isKept = await this.#try(this.#wanted);
        if (isKept) continue;
        if (this.#stop.signal.aborted) return;
        await delay(RETRY_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    } finally {
      // In the same turn as the loop's last look, so that no offer falls in between.
      this.#isWorking = false;
    }
  }

  async #try(head: SignedHead): Promise<boolean> {
    try {
      await this.store(head);
      this.#keptSize = head.size;
      this.#failure = undefined;
      return true;
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
      this.logger.error(
        { place: this.name, size: head.size, error: this.#failure },
        'a checkpoint could not be kept outside the database',
      );
      return false;
    }
  }
}

/** `checkpoints.log` grows by one note each; `latest.txt` is replaced as a whole. Both reach the disk. */
async function appendToFolder(folder: string, { note }: SignedHead): Promise<void> {
  await mkdir(folder, { recursive: true });
  const latest = join(folder, LATEST_FILE);
  // After a restart the newest one is offered again.
  if ((await readFile(latest, 'utf8').catch(() => '')) === note) return;
  await writeDurably(join(folder, LOG_FILE), 'a', `${note}\n`);
  await writeDurably(`${latest}.new`, 'w', note);
  await rename(`${latest}.new`, latest);
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function writeDurably(path: string, flag: 'a' | 'w', text: string): Promise<void> {
  const file = await open(path, flag, 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function post(outgoing: HttpOutgoing, url: string, { note }: SignedHead): Promise<void> {
  const answer = await outgoing.request(url, {
    method: 'POST',
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: note,
    // Set by the operator, who may well keep the copy inside the own network.
    allowPrivate: true,
    signal: AbortSignal.timeout(POST_TIMEOUT_MS),
  });
  answer.body.on('error', () => undefined).destroy();
  if (answer.statusCode < 200 || answer.statusCode > 299) {
    throw new Error(`the receiver answered with HTTP ${answer.statusCode}`);
  }
}
