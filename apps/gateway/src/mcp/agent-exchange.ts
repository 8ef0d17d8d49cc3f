import type { JsonRpcId, SseFields } from '@holdpoint/mcp';
import type { Exchange } from './exchange.ts';

/**
 * Where the answer to one message of an agent goes, and what may be said before it: an HTTP exchange
 * of its own, or one message's part in a stream that all of a session shares.
 */
export interface AgentExchange {
  /** Of the JSON-RPC request that was read here: whatever is said about it carries its id. */
  requestId: JsonRpcId | null;
  /** Aborted when the agent went away before its answer was complete. */
  readonly left: AbortSignal;
  /** Whether what goes wrong can only be told in a message: headers that could carry it are out. */
  readonly isStreaming: boolean;
  /** The exchange itself where its stream can close early and go on elsewhere; `null` where it is shared. */
  readonly resumable: Exchange | null;
  header(name: string): string | undefined;
  setHeader(name: string, value: string): void;
  /** The message was read and has its place: it will be answered, or refused, in a message. */
  accept(): void;
  /** Called just before the agent can know its answer: what it may do next is then free already. */
  onAnswer(callback: () => void): void;
  /** Opens the stream and flushes its headers at once. */
  startStream(): void;
  comment(text: string): Promise<void>;
  /** Resolves when the bytes were taken over by the operating system. */
  event(fields: SseFields): Promise<void>;
  /**
   * The last message; `true` when the agent's side took all of it. `bytes` is the same message where
   * it is encoded already: a large one is not encoded twice.
   */
  finish(status: number, text: string, extra?: LastMessage): Promise<boolean>;
  /** Ends without a message. */
  end(body?: Uint8Array, status?: number): Promise<boolean>;
  /** For an answer that can't be finished: no end that looks like one. */
  cut(): void;
}

export interface LastMessage {
  readonly eventId?: string | undefined;
  readonly bytes?: Uint8Array;
}
