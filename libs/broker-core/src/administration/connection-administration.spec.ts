import { batchOf, RecordingOutlet, startCore, type TestCore } from '@pochta/testing';
import { Administration } from './administration';

let core: TestCore;
const start = async () => {
  core = await startCore();
  return { ...core, connections: new Administration(core.broker).connections };
};
afterEach(() => core.stop());

describe('connections', () => {
  it('are listed with what they hold, oldest first', async () => {
    const { connections, connect } = await start();
    const [first, second] = [connect(), connect()];
    await first.connection.subscribe({ topic: 't' });
    second.connection.respond('r');
    first.connection.request({ topic: 'r', message: { bytes: Buffer.from('1') } }, () => undefined);
    await second.connection.publish('t', batchOf(1));
    const facts = { peer: 'test', since: expect.any(Number) as unknown, inFlight: 0 };
    expect(connections.list()).toEqual({
      connections: [
        { id: first.connection.id, ...facts, subscriptions: 1, responders: 0, requests: 1 },
        { id: second.connection.id, ...facts, subscriptions: 0, responders: 1, requests: 0 },
      ],
    });
    second.connection.close();
    expect(connections.list().connections).toMatchObject([{ id: first.connection.id, requests: 0 }]);
  });

  it('are listed page by page, also behind one that is gone, or that was of another process', async () => {
    const { connections, connect } = await start();
    const made = Array.from({ length: 12 }, () => connect().connection);
    const ids = made.map(({ id }) => id);
    expect(new Set(ids).size).toBe(12);
    const page = connections.list({ limit: 10 });
    expect([page.connections.map(({ id }) => id), page.next]).toEqual([ids.slice(0, 10), ids[9]]);
    made[9].close();
    const rest = connections.list({ limit: 10, after: page.next });
    expect([rest.connections.map(({ id }) => id), rest.next]).toEqual([ids.slice(10), undefined]);
    expect(connections.list({ limit: 100, after: 'other-500' }).connections).toHaveLength(11);
  });

  it('are ended with an error that says why', async () => {
    const { connections, connect } = await start();
    const { connection, outlet } = connect();
    connections.close(connection.id);
    expect(outlet.failures).toMatchObject([
      { code: 'CONNECTION_CLOSED', message: 'Closed by an administrator' },
    ]);
  });

  it('are neither listed nor ended where they are handlers of the broker itself', async () => {
    const { connections, broker } = await start();
    const outlet = new RecordingOutlet();
    const { id } = broker.connect(outlet, { name: 'own', inProcess: true });
    expect(connections.list()).toEqual({ connections: [] });
    for (const unknown of [id, 'nothing']) {
      expect(() => connections.close(unknown)).toThrow(
        expect.objectContaining({ code: 'UNKNOWN_CONNECTION' }),
      );
    }
    expect(outlet.failures).toEqual([]);
  });
});
