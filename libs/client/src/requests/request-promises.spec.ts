import { cleanUp, eventually, startBroker, type StartedBroker } from '@pochta/testing';
import { CODECS } from '../../testing';
import { connect, type Client } from '../index';

describe.each(CODECS)('over %s:', (codec) => {
  let broker: StartedBroker;
  const clients: Client[] = [];

  beforeEach(async () => {
    broker = await startBroker();
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((one) => one.close()));
    await cleanUp();
  });

  async function client(): Promise<Client> {
    const made = await connect({ host: '127.0.0.1', port: broker.port, codec });
    clients.push(made);
    return made;
  }

  it('several responders take turns, and those that are left take over', async () => {
    const asking = await client();
    const responders = await Promise.all(
      ['a', 'b', 'c'].map(async (name) => (await client()).respond('who', () => name)),
    );
    const ask = async () =>
      (await Promise.all(Array.from({ length: 6 }, () => asking.request('who', 0)))).sort();
    expect(await ask()).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
    await responders[0].stop();
    expect(await ask()).toEqual(['b', 'b', 'b', 'c', 'c', 'c']);
    await clients[2].close();
    await eventually(async () => (await ask()).every((name) => name === 'c'));
  });

  describe('a responder is told that nobody waits any more', () => {
    /** A responder that sends one part, then waits to be told. */
    async function patient() {
      const reasons: unknown[] = [];
      const responding = await client();
      await responding.respond('slow', async function* ({ signal }) {
        yield 1;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        reasons.push((signal.reason as { code: string }).code);
      });
      return { reasons, asking: await client() };
    }

    it('when the signal is aborted', async () => {
      const { reasons, asking } = await patient();
      const abort = new AbortController();
      const parts: unknown[] = [];
      const read = async () => {
        for await (const part of asking.requestMany('slow', 0, { signal: abort.signal })) {
          parts.push(part);
          abort.abort();
        }
      };
      await expect(read()).rejects.toMatchObject({ code: 'ABORTED' });
      expect(parts).toEqual([1]);
      await eventually(() => reasons.length === 1);
      expect(reasons).toEqual(['REQUEST_CANCELLED']);
    });

    it('when the next part takes too long', async () => {
      const { reasons, asking } = await patient();
      const parts: unknown[] = [];
      const read = async () => {
        for await (const part of asking.requestMany('slow', 0, { timeout: 30 })) parts.push(part);
      };
      await expect(read()).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' });
      expect(parts).toEqual([1]);
      await eventually(() => reasons.length === 1);
    });

    it('when the first part is all that was wanted, or the loop is left', async () => {
      const { reasons, asking } = await patient();
      expect(await asking.request('slow', 0)).toBe(1);
      for await (const part of asking.requestMany('slow', 0)) {
        expect(part).toBe(1);
        break;
      }
      await eventually(() => reasons.length === 2);
    });

    it('when the client of the requester closes', async () => {
      const { reasons, asking } = await patient();
      const parts = asking.requestMany('slow', 0)[Symbol.asyncIterator]();
      expect(await parts.next()).toEqual({ done: false, value: 1 });
      await asking.close();
      await expect(parts.next()).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
      await eventually(() => reasons.length === 1);
      expect(reasons).toEqual(['REQUEST_CANCELLED']);
    });
  });

  it('a request that makes no sense is not sent', async () => {
    const asking = await client();
    const bad = [{ timeout: 0 }, { timeout: 2 ** 31 }, { headers: { a: 1 as unknown as string } }];
    for (const options of bad)
      await expect(asking.request('t', 0, options)).rejects.toMatchObject({ code: 'INVALID_FRAME' });
  });
});
