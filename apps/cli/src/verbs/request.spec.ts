import { type Client, connect, RawPayload, ResponderError } from '@pochta/client';
import { cleanUp, eventually, startBroker } from '@pochta/testing';
import { outcomeOf, pochta, startPochta } from '../../fixtures/command';

let client: Client;
let env: Record<string, string>;
beforeEach(async () => {
  const { port } = await startBroker();
  client = await connect({ port });
  env = { POCHTA_SERVER: `localhost:${port}` };
});
afterEach(() => client.close());
afterEach(cleanUp);

it('prints the reply', async () => {
  await client.respond<number>('double', ({ value, headers }) => ({ is: 2 * value, headers }));
  expect(await pochta(['request', 'double', '21', '--header', 'a=b'], env)).toEqual({
    code: 0,
    stdout: '{"is":42,"headers":{"a":"b"}}\n',
    stderr: '',
  });
  expect(await pochta(['request', 'double', '-'], env, '4')).toMatchObject({ stdout: '{"is":8}\n' });
});

it('keeps the digits of what is asked and of what is replied', async () => {
  await client.respond('echo', ({ bytes }) => new RawPayload(bytes));
  const digits = '{"id": 12345678901234567890, "price": 1.50}';
  expect(await pochta(['request', 'echo', digits], env)).toMatchObject({ stdout: `${digits}\n` });
});

it('prints each part of a reply in parts as it comes', async () => {
  let goOn = (): void => undefined;
  await client.respond('count', async function* () {
    yield 'one';
    await new Promise<void>((resolve) => (goOn = resolve));
    yield 'two';
  });
  const command = startPochta(['request', 'count', '{}'], env);
  await command.stdout.until('"one"\n');
  goOn();
  expect(await outcomeOf(command)).toMatchObject({ code: 0, stdout: '"one"\n"two"\n' });
});

it('says why there is no reply', async () => {
  expect(await pochta(['request', 'nobody', '1'], env)).toMatchObject({
    code: 1,
    stderr: 'pochta: NO_RESPONDERS No responders\n',
  });
  await client.respond('slow', () => new Promise(() => undefined));
  expect(await pochta(['request', 'slow', '1', '--timeout', '10'], env)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^pochta: REQUEST_TIMEOUT /),
  });
  await client.respond('picky', () => {
    throw new ResponderError('TOO_ODD', 'no\nodd numbers');
  });
  const { code, stderr } = await pochta(['request', 'picky', '1'], env);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^pochta: \S+ no odd numbers\n$/);
});

it('Ctrl+C cancels it', async () => {
  let cancelled = false;
  let asked = false;
  await client.respond('slow', ({ signal }) => {
    asked = true;
    signal.addEventListener('abort', () => (cancelled = true));
    return new Promise(() => undefined);
  });
  const command = startPochta(['request', 'slow', '1'], env);
  await eventually(() => asked);
  command.signal('SIGINT');
  expect(await outcomeOf(command)).toMatchObject({ code: 130, stderr: '' });
  await eventually(() => cancelled);
});
