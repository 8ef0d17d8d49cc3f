import {
  compilePolicy,
  loadSqlParser,
  type CompiledPolicy,
  type CompiledRule,
} from '@holdpoint/policy';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ChangeBus } from '../platform/change-bus.ts';
import { Follower } from '../platform/follower.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import { FirstVersion } from './first-version.ts';
import { mayBeVersion } from './policy-hint.ts';
import { PolicyRepository, type StoredPolicy } from './policy.repository.ts';

/** A published policy is in force everywhere within a second, also where its hint is lost. */
const POLL_MS = 400;
/** Calls that were held under an older version ask it what it masked. */
const EARLIER_KEPT = 8;

export interface PolicyInForce {
  readonly number: number;
  readonly policy: CompiledPolicy;
  readonly source: string;
  /** Its rules that count earlier calls: mostly none. */
  readonly counting: readonly CompiledRule[];
}

/**
 * The newest published policy, compiled, in memory. Swapped as a whole, so that one call is never
 * judged by two versions.
 * INVARIANT: without a policy that compiles nothing is judged, and what is not judged does not pass.
 */
@Injectable()
export class PolicyStore implements OnModuleInit, OnModuleDestroy {
  #inForce: PolicyInForce | undefined;
  /** The newest version that was looked at, also where it does not compile. */
  #newest: number | undefined;
  /** Versions never change, and compiling one takes longer than asking it. */
  readonly #earlier = new Map<number, PolicyInForce>();
  #problem = 'The policy has not been read from the database yet. Try again in a moment.';
  #unsubscribe = () => {};
  readonly #listeners = new Set<() => void>();
  readonly #follower = new Follower({
    pollMs: POLL_MS,
    isCurrent: async () => (await this.repository.newestNumber()) === this.#newest,
    load: () => this.#load(),
    onFailure: (error) =>
      this.logger.warn(
        { error: String(error) },
        'the policy could not be read; the last known stays',
      ),
  });

  constructor(
    private readonly repository: PolicyRepository,
    private readonly firstVersion: FirstVersion,
    private readonly bus: ChangeBus,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    await loadSqlParser();
    this.#unsubscribe = this.bus.subscribe(({ topic, id }) => {
      if (topic === 'policies' && mayBeVersion(id)) void this.#follower.hint();
    });
    await this.#follower.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.#unsubscribe();
    await this.#follower.stop();
  }

  /** @throws GatewayError `policy_unusable` when there is none: the caller must refuse. */
  current(): PolicyInForce {
    if (this.#inForce === undefined) throw new GatewayError('policy_unusable', this.#problem);
    return this.#inForce;
  }

  /** The same for whoever only shows something: nothing may be judged without one. */
  inForce(): PolicyInForce | undefined {
    return this.#inForce;
  }

  /** Calls back whenever another version is in force here, however this process learned of it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
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
    const version = inForce(stored, compiled.policy);
    this.#earlier.set(number, version);
    return version;
  }

  /** Resolves once memory shows everything that was committed before the call. */
  refresh(): Promise<void> {
    return this.#follower.refresh();
  }

  async #load(): Promise<void> {
    const newest = (await this.repository.newest()) ?? (await this.#publishFirst());
    if (newest.number !== this.#newest) this.#compile(newest);
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
    this.#newest = number;
    if (compiled.ok) {
      this.#inForce = inForce({ number, source }, compiled.policy);
      for (const listener of this.#listeners) listener();
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
}

function inForce(
  { number, source }: { readonly number: number; readonly source: string },
  policy: CompiledPolicy,
): PolicyInForce {
  const counting = policy.rules.filter(
    ({ when, unless }) => (when?.windows.length ?? 0) + (unless?.windows.length ?? 0) > 0,
  );
  return { number, source, policy, counting };
}
