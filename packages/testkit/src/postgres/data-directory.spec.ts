import { explainStartFailure, servesDirectory } from './data-directory.ts';

it.each([
  ['LOG:  could not bind IPv4 address "127.0.0.1": Address already in use', 'port_taken'],
  ['FATAL:  could not open file: Read-only file system', 'folder_read_only'],
  ['PANIC:  could not locate a valid checkpoint record', 'data_corrupt'],
  ['nothing known', 'start_failed'],
])('%s is %s', (output, code) => {
  expect(explainStartFailure(output, '/home/postgres', 5432).code).toBe(code);
});

it.each([
  ['our own server', '/x/bin/postgres -D /home/data -p 5 ', true],
  ['a server of another folder', '/x/bin/postgres -D /home/data2 -p 5 ', false],
  ['another program', '/usr/bin/vim /home/data', false],
])('%s', (_description, command, ours) => {
  expect(servesDirectory(command, '/home/data')).toBe(ours);
});
