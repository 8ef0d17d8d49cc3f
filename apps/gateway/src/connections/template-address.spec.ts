import { compilePolicy, isListed } from '@holdpoint/policy';
import { addressOfTemplate } from './template-address.ts';

describe('the address of a template', () => {
  it.each([
    ['file:///{name}', 'file:///%7Bname%7D'],
    ['file:///{+path}', 'file:///%7Bpath%7D'],
    ['file:///srv{/dir,name*}', 'file:///srv%7Bdirname%7D'],
    ['https://intranet/find{?q,page}', 'https://intranet/find%7Bqpage%7D'],
    ['log:///{day}/{hour}', 'log:///%7Bday%7D/%7Bhour%7D'],
    ['file:///etc/passwd', 'file:///etc/passwd'],
  ])('%s is %s', (template, address) => {
    expect(addressOfTemplate(template)).toBe(address);
  });

  // Guarantee: a template is listed unless a rule denies what is fixed in it, or can't be asked.
  it.each([
    ['file:///pub/{name}', true],
    ['file:///etc/{name}', false],
    ['file:///{+path}', true],
    ['https://intranet/find{?q}', true],
    ['https://{host}/find', false],
    ['file:/etc/{name}', false],
  ])('%s is listed: %s', (uriTemplate, listed) => {
    const result = compilePolicy(
      'rules:\n  - id: no-etc\n    match: { resources: ["file:///etc/**"] }\n    effect: deny\n',
    );
    if (!result.ok) throw new Error(JSON.stringify(result.issues));
    const readOnly = {
      tools: [],
      resources: true,
      prompts: true,
      completion: true,
      subscriptions: true,
    };
    const call = {
      connection: { name: 'files', defaultEffect: 'hold', readOnly },
      method: 'resources/read',
      target: { uri: addressOfTemplate(uriTemplate) },
      caller: { subject: 'agent', issuer: 'https://id.example.com', groups: [], kind: 'service' },
      session: {},
      now: new Date(),
    } as const;
    expect(isListed(result.policy, call)).toBe(listed);
  });
});
