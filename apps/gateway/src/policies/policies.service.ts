import type {
  PolicyComparison,
  PolicyInForce,
  PolicyPublishInput,
  PolicyRollbackInput,
  PolicyValidateInput,
  PolicyValidation,
  PolicyVersion,
  PolicyVersionList,
} from '@holdpoint/contracts';
import { compilePolicy } from '@holdpoint/policy';
import { Injectable } from '@nestjs/common';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { changesBetween } from './policy-changes.ts';
import { PolicyCheck } from './policy-check.ts';
import { PolicyRepository, type StoredPolicy } from './policy.repository.ts';
import { toRuleViews, toVersionSummary, toVersionView } from './policy.view.ts';
import { Publication, type Publishable } from './publication.ts';
import { SecondAdmin } from './second-admin.ts';

/** Reading, validating, publishing and rolling back policy versions. */
@Injectable()
export class PoliciesService {
  constructor(
    private readonly repository: PolicyRepository,
    private readonly policyCheck: PolicyCheck,
    private readonly publication: Publication,
    private readonly secondAdmin: SecondAdmin,
  ) {}

  async inForce(): Promise<PolicyInForce> {
    const newest = await this.repository.newest();
    if (newest === null) throw new GatewayError('not_found', 'No policy has been published yet.');
    const compiled = compilePolicy(newest.source);
    return {
      version: toVersionView(newest, newest.number),
      // An unreadable version is still shown, so that an admin can publish its repair.
      rules: compiled.ok ? toRuleViews(compiled.policy) : [],
      secondAdmin: this.secondAdmin.required,
    };
  }

  async versions(): Promise<PolicyVersionList> {
    const rows = await this.repository.list();
    const newest = rows[0]?.number ?? 0;
    return { items: rows.map((row) => toVersionSummary(row, newest)) };
  }

  async version(number: number): Promise<PolicyVersion> {
    const [row, newest] = await Promise.all([
      this.#require(number),
      this.repository.newestNumber(),
    ]);
    return toVersionView(row, newest ?? 0);
  }

  async compare(from: number, to: number): Promise<PolicyComparison> {
    const [before, after] = await Promise.all([this.#require(from), this.#require(to)]);
    return { changes: changesBetween(before.source, after.source) };
  }

  async validate({ source, cases, against }: PolicyValidateInput): Promise<PolicyValidation> {
    const checked = this.policyCheck.check(source, cases);
    const base = against === undefined || !checked.ok ? undefined : await this.#require(against);
    return { ...checked, changes: base === undefined ? null : changesBetween(base.source, source) };
  }

  /** The new version is in force here when it returns. */
  async publish(input: PolicyPublishInput, person: SignedInPerson): Promise<PolicyVersion> {
    this.secondAdmin.refuseAlone();
    return this.version(await this.publication.publish({ ...input, origin: 'console' }, person));
  }

  async rollBack(
    number: number,
    input: PolicyRollbackInput,
    person: SignedInPerson,
  ): Promise<PolicyVersion> {
    this.secondAdmin.refuseAlone();
    return this.version(
      await this.publication.publish(await this.rollbackOf(number, input), person),
    );
  }

  /** An earlier version, to be published or proposed again. */
  async rollbackOf(number: number, { base, note }: PolicyRollbackInput): Promise<Publishable> {
    const { source, cases } = await this.#require(number);
    return { source, cases, base, note, rolledBackTo: number, origin: 'console' };
  }

  async #require(number: number): Promise<StoredPolicy> {
    const row = await this.repository.byNumber(number);
    if (row === null)
      throw new GatewayError('not_found', `There is no version ${number} of the policy.`);
    return row;
  }
}
