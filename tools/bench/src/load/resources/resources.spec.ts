import { cleanUp, eventually, startBroker } from '@pochta/testing';
import type { WireName } from '../../wires/wires';
import { checkOpenFiles, openConnections, type Greeting } from './open-connections';
import { spreadPublish } from './spread-publish';

const wire: WireName = 'pochta: binary';

afterEach(cleanUp);

it.each<Greeting>(['nothing', 'hello', 'subscribe to one', 'subscribe to own'])(
  'opens connections that say %s, and then nothing more',
  async (greeting) => {
    const { port, server } = await startBroker();
    const connections = await openConnections({ port, connections: 120, greeting, wire });
    await eventually(() => server.connections === 120);
    for (const connection of connections) connection.close();
    await eventually(() => server.connections === 0);
  },
);

it('says what to do when a process may not have so many files open', () => {
  const limits = 'Max open files            1024                 4096                 files\n';
  expect(() => checkOpenFiles(3000, limits)).not.toThrow();
  expect(() => checkOpenFiles(4000, limits)).toThrow(
    '4000 connections need 4200 open files in each process, and 4096 are allowed here: raise the limit (ulimit -Hn 4200',
  );
  expect(() => checkOpenFiles(4000, '')).not.toThrow();
});

it('publishes to each topic, once or for a time', async () => {
  const { port } = await startBroker({
    topics: { 'spread.*': { maxMessages: 10, overflow: 'drop-oldest' } },
  });
  const plan = { port, wire, payload: '{"price":1}', topics: 150 };
  expect(await spreadPublish(plan)).toBeGreaterThan(0);
  expect(await spreadPublish({ ...plan, ms: 50 })).toBeGreaterThan(0);
});
