import fc from 'fast-check';
import { Sweeper } from '../../approvals/sweeper.ts';
import type { Bench, On } from './bench.ts';
import { PEOPLE, REVIEWERS, type CallerName } from './people.ts';
import type { Run, Trial, Wait } from './trial.ts';
import {
  allowingRefusals,
  answers,
  approves,
  claims,
  claimsBeside,
  claimsMoved,
  claimsSold,
  decides,
  delivers,
  detaches,
  ends,
  expires,
  freezes,
  goesOn,
  holds,
  type Work,
} from './works.ts';

type Command = fc.AsyncCommand<Trial, Bench>;

/** One work, with the name by which a failure tells of it. */
class Step implements Command {
  constructor(
    private readonly name: string,
    /** Looked up when it runs; `undefined` where there is nothing to do it with. */
    private readonly work: (trial: Trial) => Work | undefined,
  ) {}

  check(trial: Trial): boolean {
    return this.work(trial) !== undefined;
  }

  async run(trial: Trial, bench: Bench): Promise<void> {
    const work = this.work(trial);
    if (work !== undefined) await allowingRefusals(work(trial, bench));
  }

  toString(): string {
    return this.name;
  }
}

/** Two at the same moment, each on a replica of its own choice. */
class Both implements Command {
  constructor(
    private readonly first: Step,
    private readonly second: Step,
  ) {}

  check(trial: Trial): boolean {
    return this.first.check(trial) && this.second.check(trial);
  }

  async run(trial: Trial, bench: Bench): Promise<void> {
    await Promise.all([this.first.run(trial, bench), this.second.run(trial, bench)]);
  }

  toString(): string {
    return `(${this.first} | ${this.second})`;
  }
}

const replica = fc.constantFrom<On>(0, 1);
const nth = fc.nat({ max: 30 });
const scope = fc.constantFrom('connection', 'caller', 'installation');

const onWait = (name: string, work: (on: On, wait: Wait) => Work) =>
  fc.tuple(replica, nth).map(
    ([on, n]) =>
      new Step(`${name}(${on}, ${n})`, (trial) => {
        const wait = trial.wait(n);
        return wait && work(on, wait);
      }),
  );

const onRun = (name: string, work: (on: On, run: Run) => Work) =>
  fc.tuple(replica, nth).map(
    ([on, n]) =>
      new Step(`${name}(${on}, ${n})`, (trial) => {
        const run = trial.run(n);
        return run && work(on, run);
      }),
  );

const hold = fc
  .tuple(replica, fc.constantFrom<CallerName>('service', 'person'), fc.nat({ max: 2 }))
  .map(
    ([on, caller, args]) =>
      new Step(`hold(${on}, ${caller}, ${args})`, () => holds(on, caller, args)),
  );

const verdict = fc
  .tuple(replica, nth, fc.constantFrom(...REVIEWERS, ...PEOPLE), fc.nat({ max: 9 }))
  .map(([on, n, person, dice]) => {
    const choice = dice === 0 ? 'deny' : 'approve';
    return new Step(`${choice}(${on}, ${n}, ${person.name})`, (trial) => {
      const wait = trial.wait(n);
      return wait && decides(on, wait, person, choice);
    });
  });

const freeze = fc
  .tuple(replica, fc.constantFrom('freeze', 'both', 'lift', 'lift', 'lift'), scope)
  .map(([on, what, of]) => new Step(`${what}(${on}, ${of})`, () => freezes(on, what, of)));

const sweep = replica.map(
  (on) =>
    new Step(`sweep(${on})`, () => (_, bench) => bench.replica(on).context.get(Sweeper).sweep()),
);
const crash = replica.map(
  (on) => new Step(`crash(${on})`, () => (_, bench) => bench.replica(on).crash()),
);
const publish = fc.constant(new Step('publish', () => (_, bench) => bench.publish()));

/** As often as it brings an approval somewhere. */
const step = fc.oneof(
  { arbitrary: hold, weight: 6 },
  { arbitrary: verdict, weight: 6 },
  { arbitrary: onWait('approve all', approves), weight: 4 },
  { arbitrary: onWait('claim', claims), weight: 8 },
  { arbitrary: onRun('answer', (_, run) => answers(run)), weight: 4 },
  { arbitrary: onRun('deliver', (_, run) => delivers(run)), weight: 2 },
  { arbitrary: onRun('fail', (_, run) => ends(run, 'failed')), weight: 1 },
  { arbitrary: onRun('lose', (_, run) => ends(run, 'unknown')), weight: 1 },
  { arbitrary: onRun('continue', goesOn), weight: 3 },
  { arbitrary: onWait('detach', detaches), weight: 2 },
  { arbitrary: onWait('expire', (_, wait) => expires(wait)), weight: 1 },
  { arbitrary: sweep, weight: 2 },
  { arbitrary: crash, weight: 1 },
  { arbitrary: publish, weight: 1 },
  { arbitrary: freeze, weight: 3 },
);

const both = fc.tuple(step, step).map(([first, second]) => new Both(first, second));

/** Ways of one approval or of several, step by step and two at a time. */
export const COMMANDS: fc.Arbitrary<Command>[] = [step, both];

/** How far something has come when the random part begins. */
export const BEGINNINGS = ['held', 'approved', 'claimed', 'answered', 'sold'] as const;

export async function begin(
  trial: Trial,
  bench: Bench,
  beginnings: readonly (typeof BEGINNINGS)[number][],
): Promise<void> {
  for (const [index, beginning] of beginnings.entries()) {
    const far = BEGINNINGS.indexOf(beginning);
    const on = index % 2 === 0 ? 0 : 1;
    const caller = index % 2 === 1 && beginning !== 'sold' ? 'person' : 'service';
    await holds(on, caller, index)(trial, bench);
    const wait = trial.waits.at(-1);
    if (!wait) continue;
    // What chance alone brings together too seldom is tried on every way: those who may never decide,
    // two claims at the same moment, a claim of somebody who doesn't wait or knows an older connection,
    // and an approver who owns the service before its call runs.
    for (const person of PEOPLE.slice(REVIEWERS.length))
      await allowingRefusals(decides(on, wait, person, 'approve')(trial, bench));
    if (far >= 1) await approves(on, wait)(trial, bench);
    if (beginning === 'approved') await claimsBeside(on, wait)(trial, bench);
    if (beginning === 'sold') await claimsMoved(on, wait)(trial, bench);
    if (beginning === 'sold') await claimsSold(on, wait)(trial, bench);
    else if (far >= 2)
      await Promise.all([claims(0, wait)(trial, bench), claims(1, wait)(trial, bench)]);
    const run = trial.runs.at(-1);
    if (run && beginning === 'answered') await answers(run)(trial, bench);
  }
}
