import { cleanUp, startBroker } from '@pochta/testing';
import { connect } from '../index';

afterEach(cleanUp);

it('requests of one turn begin to leave while the rest is made', async () => {
  const { server } = await startBroker();
  const writes: number[] = [];
  const client = await connect({
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
  await client.respond('double', ({ value }) => 2 * (value as number));
  writes.length = 0;
  const ask = (count: number) => Array.from({ length: count }, (_, n) => client.request<number>('double', n));
  const replies = ask(100);
  expect(writes).toEqual([16, 32]);
  expect(await Promise.all(replies)).toEqual(Array.from({ length: 100 }, (_, n) => 2 * n));
  expect(writes.slice(0, 3)).toEqual([16, 32, 52]);
  writes.length = 0;
  const few = ask(15);
  expect(writes).toEqual([]);
  await Promise.all(few);
  expect(writes[0]).toBe(15);
  await client.close();
});
