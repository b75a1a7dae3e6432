import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { eventually, startBroker } from '@pochta/testing';
import { connectTo, startService, stopServices } from '../../fixtures/service';
import { PochtaRetry, PochtaTerminate } from './outcomes';
import { PochtaContext } from './pochta-context';

afterEach(stopServices);

const BACKOFF = { min: 1, max: 4 };

describe('Events', () => {
  it('are acked when the handler is done, and come again when it throws', async () => {
    const broker = await startBroker();
    const seen: unknown[] = [];
    @Controller()
    class Orders {
      @EventPattern<string>('orders', { group: 'billing', backoff: BACKOFF })
      async onOrder(@Payload() order: { n: number }, @Ctx() ctx: PochtaContext): Promise<void> {
        await Promise.resolve();
        seen.push([order.n, ctx.topic, ctx.group, ctx.sequence, ctx.deliveryCount, ctx.headers]);
        if (order.n === 1 && ctx.deliveryCount < 3) throw new Error('not yet');
      }
    }
    const { strategy, texts } = await startService(broker, [Orders]);
    const client = await connectTo(broker);
    await client.publish('orders', { n: 1 }, { headers: { a: 'b' } });
    await client.publish('orders', { n: 2 });
    await eventually(() => seen.length === 4);
    expect(seen).toContainEqual([1, 'orders', 'billing', 1, 3, { a: 'b' }]);
    expect(seen).toContainEqual([2, 'orders', 'billing', 2, 1, {}]);
    await eventually(() => strategy.failures[0].handled === 2);
    expect(strategy.failures).toEqual([
      { pattern: 'orders', group: 'billing', handled: 2, failed: 2, retried: 2, terminated: 0 },
    ]);
    const errors = texts('error').join('\n');
    expect(errors).toContain('not yet');
    expect(errors).toMatch(/orders 1, delivery 2 to billing.* comes again in about 2 ms/);
  });

  it('become dead letters after the last delivery, and at once when the handler says so', async () => {
    const broker = await startBroker();
    @Controller()
    class Orders {
      @EventPattern<string>('orders', { group: 'billing', backoff: BACKOFF, maxDeliveries: 2 })
      onOrder(@Payload() kind: string): void {
        if (kind === 'terminate') throw new PochtaTerminate('no such customer');
        if (kind === 'final') throw new RpcException({ retriable: false, message: 'wrong for good' });
        if (kind === 'retry') throw new PochtaRetry(1, 'later');
        throw new Error('boom');
      }
    }
    await startService(broker, [Orders]);
    const client = await connectTo(broker);
    const dead: unknown[] = [];
    await client.subscribe('orders.dead', {
      onMessage: ({ value, headers }) => void dead.push([value, headers]),
    });
    for (const kind of ['terminate', 'final', 'retry', 'boom']) await client.publish('orders', kind);
    await eventually(() => dead.length === 4);
    const text = JSON.stringify(dead);
    expect(text).toContain('no such customer');
    expect(text).toContain('wrong for good');
    expect(text).toContain('"boom"');
    expect(text).toContain('"retry"');
  });
});

describe('Requests', () => {
  it('are answered with what the handler gives', async () => {
    const broker = await startBroker();
    @Controller()
    class Sums {
      @MessagePattern('sum') sum(@Payload() { a, b }: { a: number; b: number }): number {
        return a + b;
      }
      @MessagePattern({ cmd: 'twice' }) async twice(@Payload() n: number): Promise<number> {
        return Promise.resolve(2 * n);
      }
    }
    await startService(broker, [Sums]);
    const client = await connectTo(broker);
    expect(await client.request('sum', { a: 1, b: 2 })).toBe(3);
    expect(await client.request('{"cmd":"twice"}', 4)).toBe(8);
  });
});
