export { type Accepted, ANSWER, bytes, HEAD, HELLO, Pair, Recorder } from './pair.ts';
export { FakePort } from './fake-port.ts';
