import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Envelope } from '../platform/envelope.ts';
import type { Visit } from './call.ts';

/** No upstream makes ids that begin so, unless it means to be taken for the gateway. */
const PREFIX = 'holdpoint-task.';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Owner = Pick<Visit, 'caller' | 'connection'>;

/**
 * Ids of the gateway's own tasks as agents see them: told apart from an upstream's by their prefix, and
 * bound to the caller and the connection. They go into a header, so they are plain ASCII.
 */
@Injectable()
export class HeldTaskIds {
  constructor(private readonly envelope: Envelope) {}

  issue(taskId: string, owner: Owner): string {
    return `${PREFIX}${taskId}.${this.#mac(taskId, owner)}`;
  }

  /** Whether it is for the gateway to know this task. Whose it is, is another question. */
  isOwn(given: string): boolean {
    return given.startsWith(PREFIX);
  }

  /** INVARIANT: `null` for anything that was not given to this caller on this connection. */
  open(given: string, owner: Owner): string | null {
    if (!this.isOwn(given)) return null;
    const [taskId = '', mac = '', ...rest] = given.slice(PREFIX.length).split('.');
    if (rest.length > 0 || !UUID.test(taskId)) return null;
    const [expected, said] = [Buffer.from(this.#mac(taskId, owner)), Buffer.from(mac)];
    return expected.length === said.length && timingSafeEqual(expected, said) ? taskId : null;
  }

  #mac(taskId: string, { caller, connection }: Owner): string {
    const bound = JSON.stringify([caller.key, connection.id, taskId]);
    return this.envelope.mac('holdpoint-held-task-v1', bound).slice(0, 22);
  }
}
