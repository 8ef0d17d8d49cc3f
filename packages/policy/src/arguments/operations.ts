import { conditionEnvironment } from '../cel/environment.ts';

/** One way in which an operator or a function works: the types that it takes, and what it gives. */
export interface Overload {
  /** By position; a receiver comes first. `undefined`: any. */
  readonly takes: readonly (string | undefined)[];
  /** `undefined`: any. */
  readonly gives: string | undefined;
}

const TIME = 'google.protobuf.Timestamp';
const SPAN = 'google.protobuf.Duration';

function same(...types: readonly string[]): readonly Overload[] {
  return types.map((type) => ({ takes: [type, type], gives: type }));
}

const NUMBERS = ['int', 'uint', 'double'];
const ORDERED: readonly Overload[] = [
  ...NUMBERS.flatMap((left) => NUMBERS.map((right) => [left, right])),
  ...['bool', 'string', TIME, SPAN].map((type) => [type, type]),
].map((takes) => ({ takes, gives: 'bool' }));

const OPERATORS: Readonly<Record<string, readonly Overload[]>> = {
  '<': ORDERED,
  '<=': ORDERED,
  '>': ORDERED,
  '>=': ORDERED,
  '+': [
    ...same('int', 'uint', 'double', 'string', 'list', 'bytes', SPAN),
    { takes: [TIME, SPAN], gives: TIME },
    { takes: [SPAN, TIME], gives: TIME },
  ],
  '-': [
    ...same('int', 'uint', 'double', SPAN),
    { takes: [TIME, TIME], gives: SPAN },
    { takes: [TIME, SPAN], gives: TIME },
  ],
  '*': same('int', 'uint', 'double'),
  '/': same('int', 'uint', 'double'),
  '%': same('int', 'uint'),
  '!_': [{ takes: ['bool'], gives: 'bool' }],
  '-_': [
    { takes: ['int'], gives: 'int' },
    { takes: ['double'], gives: 'double' },
  ],
};

/** The ways of an operator; none for one that takes whatever it gets. */
export function operatorOverloads(operator: string): readonly Overload[] {
  return OPERATORS[operator] ?? [];
}

const FUNCTIONS = new Map<string, Overload[]>();

/** The ways of a function, as the environment of conditions knows them. */
export function functionOverloads(
  name: string,
  isMethod: boolean,
  count: number,
): readonly Overload[] {
  if (FUNCTIONS.size === 0) readFunctions();
  return FUNCTIONS.get(keyOf(name, isMethod, count)) ?? [];
}

function readFunctions(): void {
  for (const { name, receiverType, params, returnType } of conditionEnvironment.getDefinitions()
    .functions) {
    const types = params.map(({ type }) => type);
    // Macros take expressions, not values.
    if (types.includes('ast')) continue;
    const isMethod = receiverType !== null;
    const takes = [...(isMethod ? [receiverType] : []), ...types].map(plainType);
    const key = keyOf(name, isMethod, types.length);
    FUNCTIONS.set(key, [...(FUNCTIONS.get(key) ?? []), { takes, gives: plainType(returnType) }]);
  }
}

function keyOf(name: string, isMethod: boolean, count: number): string {
  return `${isMethod ? '.' : ''}${name}/${count}`;
}

/** `list<string>` is a list; `dyn` and type parameters are anything. */
function plainType(type: string): string | undefined {
  const [base = ''] = type.split('<');
  return base === 'dyn' || /^[A-Z]$/.test(base) ? undefined : base;
}
