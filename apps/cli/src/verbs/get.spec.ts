import { type Client, connect } from '@pochta/client';
import { cleanUp, startBroker } from '@pochta/testing';
import { pochta } from '../../fixtures/command';

let client: Client;
let env: Record<string, string>;
beforeEach(async () => {
  const { port } = await startBroker();
  client = await connect({ port });
  env = { POCHTA_SERVER: `localhost:${port}` };
});
afterEach(() => client.close());
afterEach(cleanUp);

it('takes one message off the topic, and says with exit code 3 that there is none', async () => {
  await client.publish('jobs', { id: 1, text: '\x9b2J' });
  expect(await pochta(['get', 'jobs'], env)).toEqual({
    code: 0,
    stdout: '{"id":1,"text":"\\u009b2J"}\n',
    stderr: '',
  });
  expect(await pochta(['get', 'jobs'], env)).toEqual({
    code: 3,
    stdout: '',
    stderr: 'No messages in jobs.\n',
  });
});

it('says with its code what the broker refuses', async () => {
  const { code, stderr } = await pochta(['get', 'a*'], env);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^pochta: INVALID_FRAME [^\n]+\n$/);
});
