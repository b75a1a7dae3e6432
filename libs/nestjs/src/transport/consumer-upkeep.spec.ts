import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { errorFor } from '@pochta/protocol';
import { eventually, startBroker } from '@pochta/testing';
import { closeLater, connectTo, startService, stopServices } from '../../fixtures/service';
import { PochtaClientProxy } from '../client/pochta-client-proxy';
import { createConnection } from '../connections/shared-connection';
import { Subscribe } from './subscribe.decorator';

afterEach(stopServices);

const GROUP = { group: 'g', backoff: { min: 1, max: 2 } };

/** Counts what its handlers are given. */
function counting() {
  const handled = { events: 0, broadcasts: 0, batched: 0 };
  @Controller()
  class Handlers {
    @Subscribe('events', GROUP) onEvent(): void {
      handled.events++;
    }
    @Subscribe('broadcasts', { broadcast: true }) onBroadcast(): void {
      handled.broadcasts++;
    }
    @Subscribe('batched', { ...GROUP, batch: { size: 1 } }) onBatch(): void {
      handled.batched++;
    }
    @MessagePattern('asked') answer(): number {
      return 1;
    }
  }
  return { Handlers, handled };
}

describe('Handlers take part again', () => {
  it.each([[false], [{ initialDelay: 1, maxDelay: 1, maxAttempts: 2 }]] as const)(
    'on the next connection that anybody makes, when reconnecting was given up: %j',
    async (reconnect) => {
      const broker = await startBroker();
      const connection = createConnection({ host: '127.0.0.1', port: broker.port, reconnect });
      closeLater(() => connection.drain({ timeout: 0 }));
      const proxy = new PochtaClientProxy(connection);
      const { Handlers, handled } = counting();
      const { texts } = await startService(broker, [Handlers], { connection });
      await broker.server.stop();
      await eventually(() =>
        texts('error').some((text) => text.includes('until the connection is made again')),
      );
      await broker.restart();
      await connection.client();
      await eventually(async () => (await proxy.request('asked', 1).catch(() => 0)) === 1);
      // A broadcast has no past: it is published until somebody is there.
      await eventually(async () => (await proxy.publish('broadcasts', 1), handled.broadcasts > 0));
      await proxy.publish('events', 1);
      await proxy.publish('batched', 1);
      await eventually(() => handled.events === 1 && handled.batched === 1);
      expect(connection.setbacks.size).toBe(0);
    },
  );

  it('when the broker has refused one of them on a new connection, which is a setback until then', async () => {
    let refuses = false;
    const broker = await startBroker({
      prepare: ({ broker: { store } }) => {
        const openGroup = store.openGroup.bind(store);
        store.openGroup = (...args) =>
          refuses ? Promise.reject(errorFor('GROUP_MISMATCH')) : openGroup(...args);
      },
    });
    const connection = createConnection({
      host: '127.0.0.1',
      port: broker.port,
      reconnect: { initialDelay: 1, maxDelay: 10 },
    });
    closeLater(() => connection.drain({ timeout: 0 }));
    let handled = 0;
    @Controller()
    class Strict {
      @EventPattern<string>('orders', { group: 'g', maxDeliveries: 3 }) onOrder(): void {
        handled++;
      }
    }
    const { texts } = await startService(broker, [Strict], { connection });
    refuses = true;
    await broker.restart();
    await eventually(() => connection.setbacks.size === 1);
    expect([...connection.setbacks]).toMatchObject([
      { what: "@EventPattern('orders')", error: { code: 'GROUP_MISMATCH' } },
    ]);
    expect(texts('error')).toEqual([
      expect.stringMatching(/gets no more messages, and tries again: .*GROUP_MISMATCH/),
    ]);
    refuses = false;
    await (await connectTo(broker)).publish('orders', 1);
    await eventually(() => handled === 1);
    expect(connection.setbacks.size).toBe(0);
    expect(texts('error')).toHaveLength(1);
    expect(texts('log')).toContainEqual(expect.stringContaining('gets messages again'));
  });
});
