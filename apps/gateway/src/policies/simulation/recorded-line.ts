import { paramsOf, quoteJson, type Frame } from '@holdpoint/mcp';
import type { JudgedCall } from '@holdpoint/policy';

/** A recorded call as one line that `policy judge` reads, its parameters exactly as they were sent. */
export function recordedLine(
  frame: Frame,
  { connection, method, caller, now }: JudgedCall,
): string {
  const params = paramsOf(frame.message);
  const { subject, issuer, groups, kind, clientId } = caller;
  const members = [
    `"connection":${quoteJson(connection.name)}`,
    `"method":${quoteJson(method)}`,
    ...(params ? [`"params":${frame.text.slice(params.start, params.end)}`] : []),
    `"caller":${JSON.stringify({ subject, groups, issuer, kind, clientId })}`,
    `"now":${quoteJson(now.toISOString())}`,
  ];
  return `{${members.join(',')}}`;
}
