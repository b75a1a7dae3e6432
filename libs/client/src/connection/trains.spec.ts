import { cleanUp, startBroker } from '@pochta/testing';
import { connect } from '../index';

afterEach(cleanUp);

/** A client, and the requests of each of its writes. */
async function watched() {
  const { server } = await startBroker();
  const writes: number[] = [];
  const client = await connect({
    codec: 'json-lines',
    socket: () => {
      const socket = server.openSocket();
      const write = socket.write.bind(socket) as (chunk: Buffer) => boolean;
      socket.write = (chunk: unknown) => {
        writes.push((chunk as Buffer).toString().split('"action":"request"').length - 1);
        return write(chunk as Buffer);
      };
      return socket;
    },
  });
  const responder = await connect({ socket: () => server.openSocket() });
  await responder.respond('double', ({ value }) => 2 * (value as number));
  await new Promise(setImmediate);
  writes.length = 0;
  const ask = (count: number) => Array.from({ length: count }, (_, n) => client.request<number>('double', n));
  const close = () => Promise.all([client.close(), responder.close()]);
  return { writes, ask, close };
}

/** The callback that runs is done, and its promises; the turn goes on. */
const callbackDone = () =>
  new Promise<void>((resolve) =>
    queueMicrotask(() => process.nextTick(() => queueMicrotask(() => process.nextTick(resolve)))),
  );

it('requests of one turn begin to leave while the rest is made', async () => {
  const { writes, ask, close } = await watched();
  const replies = ask(100);
  expect(writes).toEqual([16, 32]);
  expect(await Promise.all(replies)).toEqual(Array.from({ length: 100 }, (_, n) => 2 * n));
  expect(writes.slice(0, 3)).toEqual([16, 32, 52]);
  writes.length = 0;
  const few = ask(15);
  expect(writes).toEqual([]);
  await Promise.all(few);
  expect(writes[0]).toBe(15);
  await close();
});

it('a request leaves as soon as its callback and its promises are done; others of the turn leave together', async () => {
  const { writes, ask, close } = await watched();
  let turns = 0;
  setImmediate(() => turns++);
  const first = ask(1);
  await Promise.resolve();
  first.push(...ask(1));
  await callbackDone();
  expect(writes).toEqual([2]);
  const behind = [...ask(2)];
  await callbackDone();
  behind.push(...ask(3));
  await callbackDone();
  expect([writes, turns]).toEqual([[2], 0]);
  await Promise.all([...first, ...behind]);
  expect(writes).toEqual([2, 5]);
  await close();
});
