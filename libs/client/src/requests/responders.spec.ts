import { cleanUp, startBroker, type StartedBroker } from '@pochta/testing';
import type { PochtaError } from '@pochta/protocol';
import { CODECS, Relay } from '../../testing';
import { connect, ResponderError, type Client } from '../index';

describe.each(CODECS)('over %s:', (codec) => {
  let broker: StartedBroker;
  let relay: Relay;
  const clients: Client[] = [];

  beforeEach(async () => {
    broker = await startBroker();
    relay = await Relay.start(() => broker.port);
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((one) => one.close()));
    await relay.stop();
    await cleanUp();
  });

  async function client(port: number): Promise<Client> {
    const made = await connect({ host: '127.0.0.1', port, codec });
    clients.push(made);
    return made;
  }

  describe('responders', () => {
    it('that are stopped are not asked any more, and may begin again', async () => {
      const responding = await client(broker.port);
      const requesting = await client(broker.port);
      const responder = await responding.respond('r', () => 1);
      expect(await requesting.request('r', 0)).toBe(1);
      await responder.stop();
      await responding.respond('s', () => 2);
      const others = await requesting.respond('r', () => 3);
      expect(await requesting.request('r', 0)).toBe(3);
      await others.stop();
      await expect(requesting.request('r', 0)).rejects.toMatchObject({ code: 'NO_RESPONDERS' });
      await responding.respond('r', () => 4);
      expect(await requesting.request('r', 0)).toBe(4);
    });

    it('keep their connection whatever their errors are like, and the requester is told of each', async () => {
      const responding = await client(broker.port);
      const requesting = await client(broker.port);
      responding.on('handlerFailed', () => undefined);
      const thrown: Record<string, () => unknown> = {
        long: () => new ResponderError('x'.repeat(1000), 'm'),
        cut: () => new ResponderError(`${'x'.repeat(254)}😀`, 'm'),
        empty: () => new ResponderError('', 'm'),
        large: () => new Error('x'.repeat(3_000_000)),
        unreadable: () =>
          new (class extends Error {
            override get message(): string {
              throw new Error('cannot be read');
            }
          })(),
      };
      const lost: unknown[] = [];
      responding.on('disconnected', (detail) => void lost.push(detail));
      await responding.respond<string>('r', ({ value }) => {
        throw thrown[value]();
      });
      const codes: Record<string, string> = {};
      for (const kind of Object.keys(thrown))
        await requesting.request('r', kind).catch((error: unknown) => {
          codes[kind] = error instanceof ResponderError ? error.responderCode : (error as PochtaError).code;
        });
      expect(codes).toEqual({
        long: 'x'.repeat(255),
        cut: 'x'.repeat(254),
        empty: 'REQUEST_FAILED',
        large: 'REQUEST_FAILED',
        unreadable: 'REQUEST_FAILED',
      });
      expect(lost).toEqual([]);
    });

    it('send as many parts as they yield, each at once, and none at all if they yield none', async () => {
      const responding = await client(broker.port);
      const requesting = await client(relay.port);
      let goOn!: () => void;
      const asked = new Promise<void>((resolve) => (goOn = resolve));
      await responding.respond<number>('r', async function* ({ value }) {
        for (let part = 1; part <= value; part++) {
          yield part;
          await asked;
        }
      });
      const parts: number[] = [];
      for await (const part of requesting.requestMany<number>('r', 2)) {
        parts.push(part);
        goOn();
      }
      expect(parts).toEqual([1, 2]);
      for await (const part of requesting.requestMany<number>('r', 0)) parts.push(part);
      expect(parts).toEqual([1, 2]);
      expect(await requesting.request('r', 0)).toBeUndefined();
      expect(relay.said.filter(({ end }) => end === true)).toHaveLength(3);
    });
  });
});
