import { compilePolicy, loadSqlParser, type CompiledPolicy } from '@holdpoint/policy';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ChangeBus } from '../platform/change-bus.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import { FirstVersion } from './first-version.ts';
import { PolicyRepository, type StoredPolicy } from './policy.repository.ts';

const POLL_MS = 1000;
/** Calls that were held under an older version ask it what it masked. */
const EARLIER_KEPT = 8;

export interface PolicyInForce {
  readonly number: number;
  readonly policy: CompiledPolicy;
  readonly source: string;
}

/**
 * The newest published policy, compiled, in memory. Swapped as a whole, so that one call is never
 * judged by two versions.
 * INVARIANT: without a policy that compiles nothing is judged, and what is not judged does not pass.
 */
@Injectable()
export class PolicyStore implements OnModuleInit, OnModuleDestroy {
  #inForce: PolicyInForce | undefined;
  /** Versions never change, and compiling one takes longer than asking it. */
  readonly #earlier = new Map<number, PolicyInForce>();
  #problem = 'The policy has not been read from the database yet. Try again in a moment.';
  #refreshing: Promise<void> | undefined;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #unsubscribe = () => {};

  constructor(
    private readonly repository: PolicyRepository,
    private readonly firstVersion: FirstVersion,
    private readonly bus: ChangeBus,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    await loadSqlParser();
    this.#unsubscribe = this.bus.subscribe(({ topic }) => {
      if (topic === 'policies') this.#refreshQuietly();
    });
    await this.refresh().catch((error: unknown) => this.#warn(error));
    this.#schedule();
  }

  async onModuleDestroy(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#unsubscribe();
    await this.#refreshing?.catch(() => undefined);
  }

  /** @throws GatewayError `policy_unusable` when there is none: the caller must refuse. */
  current(): PolicyInForce {
    if (this.#inForce === undefined) throw new GatewayError('policy_unusable', this.#problem);
    return this.#inForce;
  }

  /**
   * A version that was in force once.
   *
   * @throws GatewayError `policy_unusable` when this gateway can't read it
   */
  async version(number: number): Promise<PolicyInForce> {
    const known = this.#inForce?.number === number ? this.#inForce : this.#earlier.get(number);
    if (known) return known;
    const stored = await this.repository.byNumber(number);
    const compiled = stored && compilePolicy(stored.source);
    if (!stored || !compiled?.ok)
      throw new GatewayError('policy_unusable', `Version ${number} of the policy can't be read.`);
    if (this.#earlier.size >= EARLIER_KEPT) this.#earlier.clear();
    const version = { number, source: stored.source, policy: compiled.policy };
    this.#earlier.set(number, version);
    return version;
  }

  /** Resolves once memory shows everything that was committed before the call. */
  refresh(): Promise<void> {
    this.#again = this.#refreshing !== undefined;
    return (this.#refreshing ??= this.#load());
  }

  async #load(): Promise<void> {
    try {
      do {
        this.#again = false;
        const newest = (await this.repository.newest()) ?? (await this.#publishFirst());
        if (newest.number !== this.#inForce?.number) this.#compile(newest);
      } while (this.#again);
    } finally {
      this.#refreshing = undefined;
    }
  }

  async #publishFirst(): Promise<StoredPolicy> {
    await this.firstVersion.publish();
    const newest = await this.repository.newest();
    // Versions are never removed: whoever published the first one, it is there.
    if (newest === null) throw new Error('The first version of the policy is missing.');
    return newest;
  }

  #compile({ number, source }: { readonly number: number; readonly source: string }): void {
    const compiled = compilePolicy(source);
    if (compiled.ok) {
      this.#inForce = { number, source, policy: compiled.policy };
      return;
    }
    // An older version would let pass what the published one stops.
    this.#fail(
      `Version ${number} of the policy can't be read by this gateway, so every call is refused. An admin has to publish a version without faults.`,
    );
    this.logger.error(
      { number, issues: compiled.issues.length },
      'the policy in force does not compile',
    );
  }

  #fail(problem: string): void {
    this.#inForce = undefined;
    this.#problem = problem;
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(
      () => void this.#poll().finally(() => this.#schedule()),
      POLL_MS,
    ).unref();
  }

  async #poll(): Promise<void> {
    try {
      if ((await this.repository.newestNumber()) !== this.#inForce?.number) await this.refresh();
    } catch (error) {
      this.#warn(error);
    }
  }

  #refreshQuietly(): void {
    this.refresh().catch((error: unknown) => this.#warn(error));
  }

  #warn(error: unknown): void {
    this.logger.warn(
      { error: String(error) },
      'the policy could not be read; the last known stays',
    );
  }
}
