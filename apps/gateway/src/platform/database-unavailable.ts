/** Connection-level codes of Node's sockets, of Postgres (class 08 and 57P0x) and of Prisma. */
const CODE =
  /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|08...|57P0[123]|53300|P1001|P1002|P1008|P1017|P2024)$/;
/** What node-postgres throws without a code. */
const MESSAGE =
  /timeout exceeded when trying to connect|Connection terminated|Cannot use a pool after calling end/;

/** Whether an error, or one of its causes, means that Postgres can't be reached. */
export function isDatabaseUnavailable(error: unknown, depth = 5): boolean {
  if (!(error instanceof Error) || depth === 0) return false;
  if ('code' in error && typeof error.code === 'string' && CODE.test(error.code)) return true;
  if (MESSAGE.test(error.message)) return true;
  if (error instanceof AggregateError) {
    return error.errors.some((each) => isDatabaseUnavailable(each, depth - 1));
  }
  return isDatabaseUnavailable(error.cause, depth - 1);
}
