import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload, TcpContext } from '@nestjs/microservices';
import { Administration } from '@pochta/broker-core';
import { eventually, startBroker } from '@pochta/testing';
import { closeLater, startService, stopServices } from '../../fixtures/service';
import { createConnection } from '../connections/shared-connection';
import { PochtaBatchContext, PochtaContext } from '../transport/pochta-context';
import { Subscribe } from '../transport/subscribe.decorator';
import { PochtaClientProxy } from './pochta-client-proxy';

afterEach(stopServices);

/** A service that acks by the proxy's transactions. */
async function start(controller: (proxy: PochtaClientProxy) => new () => object) {
  const broker = await startBroker({ engine: 'lmdb' });
  const connection = createConnection({ port: broker.port });
  const proxy = new PochtaClientProxy(connection);
  closeLater(() => proxy.close());
  await startService(broker, [controller(proxy)], { connection, group: 'g' });
  return { proxy, admin: new Administration(broker.server.broker) };
}

describe('A transaction acks', () => {
  it('the message of a handler’s context', async () => {
    const { proxy, admin } = await start((proxy) => {
      @Controller()
      class Sums {
        @EventPattern<string>('in', { manualAck: true })
        async onMessage(@Payload() value: number, @Ctx() context: PochtaContext): Promise<void> {
          await proxy.transaction((transaction) => {
            transaction.publish('out', value + 1);
            transaction.ack(context);
          });
        }
      }
      return Sums;
    });
    await proxy.publish('in', 1);
    await eventually(() => admin.groups.info('in', 'g').ackFloor === 2);
    expect(await (await proxy.connect()).get('out')).toBe(2);
  });

  it('all messages of a batch', async () => {
    const { proxy, admin } = await start((proxy) => {
      @Controller()
      class Sums {
        @Subscribe('in', { manualAck: true, batch: { size: 3, wait: 60_000 } })
        async onBatch(@Payload() values: number[], @Ctx() context: PochtaBatchContext): Promise<void> {
          await proxy.transaction((transaction) => {
            transaction.publish('out', values);
            transaction.ack(context);
          });
        }
      }
      return Sums;
    });
    await proxy.publishMany('in', [1, 2, 3]);
    await eventually(() => admin.groups.info('in', 'g').ackFloor === 4);
    expect(await (await proxy.connect()).get('out')).toEqual([1, 2, 3]);
  });

  it('nothing else: what belongs to no group is refused, and nothing is published', async () => {
    const refused: unknown[] = [];
    const { proxy } = await start((proxy) => {
      const tryToAck = async (message: unknown) => {
        const done = proxy.transaction((transaction) => {
          transaction.publish('out', 1);
          transaction.ack(message as PochtaContext);
        });
        refused.push(await done.catch((error: unknown) => error));
      };
      @Controller()
      class Heard {
        @Subscribe('in', { broadcast: true }) async onMessage(@Ctx() context: PochtaContext): Promise<void> {
          await tryToAck(context);
          await tryToAck(new TcpContext([{} as never, 'in']));
          await tryToAck(undefined);
        }
      }
      return Heard;
    });
    await proxy.publish('in', 1);
    await eventually(() => refused.length === 3);
    expect(refused).toEqual(
      Array.from({ length: 3 }, () => expect.objectContaining({ code: 'NOT_SUPPORTED' }) as unknown),
    );
    expect(await (await proxy.connect()).get('out')).toBeUndefined();
  });
});
