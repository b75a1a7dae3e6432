import { Controller, UsePipes, ValidationPipe } from '@nestjs/common';
import { Ctx, EventPattern, Payload, RpcException } from '@nestjs/microservices';
import { RawPayload } from '@pochta/client';
import { countWritten, eventually, startBroker } from '@pochta/testing';
import { IsNumber } from 'class-validator';
import { connectTo, startService, stopServices } from '../../fixtures/service';
import { defineTopic } from '../topics/define-topic';
import { PochtaRetry, PochtaTerminate } from './outcomes';
import { PochtaBatchContext, PochtaContext } from './pochta-context';
import { Subscribe } from './subscribe.decorator';

afterEach(stopServices);

class Order {
  @IsNumber() amount!: number;
}

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
    await eventually(() => strategy.counts[0].handled === 2);
    expect(strategy.counts).toEqual([
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

describe('What handlers throw', () => {
  it('does not vanish: it is logged with its message, counted, and the message comes again', async () => {
    const broker = await startBroker();
    let times = 0;
    @Controller()
    class Failing {
      @EventPattern<string>('failing')
      onMessage(): void {
        if (++times === 1) throw new Error('bug 42');
      }
    }
    const { strategy, texts } = await startService(broker, [Failing], { group: 'service', backoff: BACKOFF });
    await (await connectTo(broker)).publish('failing', 1);
    await eventually(() => strategy.counts[0].handled === 1);
    expect(times).toBe(2);
    expect(texts('error')).toContainEqual(expect.stringContaining('bug 42'));
    expect(texts('error')).toContainEqual(
      expect.stringMatching(/@EventPattern\('failing'\) failed on failing 1, delivery 1 to service/),
    );
  });

  it('does not mean an endless hot requeue: each time waits longer, and the last one ends as a dead letter', async () => {
    const broker = await startBroker();
    const times: number[] = [];
    @Controller()
    class Failing {
      @Subscribe('failing', { maxDeliveries: 4, backoff: { min: 20, max: 1000 } })
      onMessage(): void {
        times.push(performance.now());
        throw new Error('always');
      }
    }
    const { strategy, texts } = await startService(broker, [Failing], { group: 'service' });
    const client = await connectTo(broker);
    await client.publish('failing', 'poison');
    await eventually(async () => (await client.get('failing.dead')) === 'poison');
    expect(times).toHaveLength(4);
    // At least 20, 40 and 80 ms, less a fifth.
    expect(times[3] - times[0]).toBeGreaterThan(100);
    expect(strategy.counts[0]).toMatchObject({ failed: 4, handled: 0 });
    expect(texts('error').at(-1)).toMatch(/delivery 4 to service: always; it is a dead letter now/);
  });

  it('is a retry after the delay that a handler asks for, and then only a warning', async () => {
    const broker = await startBroker();
    const counts: number[] = [];
    @Controller()
    class Waiting {
      @EventPattern<string>('waiting')
      onMessage(@Ctx() ctx: PochtaContext): void {
        counts.push(ctx.deliveryCount);
        if (ctx.deliveryCount === 1) throw new PochtaRetry(5, 'not ready');
      }
    }
    const { texts } = await startService(broker, [Waiting], { group: 'service' });
    await (await connectTo(broker)).publish('waiting', 1);
    await eventually(() => counts.length === 2);
    expect(texts('warn')).toContainEqual(expect.stringMatching(/not ready; it comes again in about 5 ms/));
    expect(texts('error')).toEqual([]);
  });
});

describe('Whatever handlers throw', () => {
  it('costs no message, and no process', async () => {
    const broker = await startBroker();
    const cycle: Record<string, unknown> = {};
    cycle['itself'] = cycle;
    const thrown: Record<string, unknown> = {
      cycle: new RpcException(cycle),
      bigint: new RpcException({ retriable: false, n: 1n }),
      endless: new PochtaRetry(Number.NaN, 'no number'),
      fraction: new PochtaRetry(0.4),
      negative: new PochtaRetry(-1),
      nothing: undefined,
      reason: new PochtaTerminate('x'.repeat(1000)),
      notText: new PochtaTerminate(17 as never),
    };
    @Controller()
    class Throwing {
      @Subscribe('any', { backoff: BACKOFF, maxDeliveries: 2 })
      onAny(@Payload() kind: string): void {
        throw thrown[kind] as Error;
      }
    }
    const { strategy } = await startService(broker, [Throwing], { group: 'throwing' });
    const client = await connectTo(broker);
    await client.publishMany('any', Object.keys(thrown));
    const dead: unknown[] = [];
    await client.subscribe('any.dead', { onMessage: ({ value }) => void dead.push(value) });
    await eventually(() => dead.length === Object.keys(thrown).length);
    expect(strategy.counts[0]).toMatchObject({ handled: 0, terminated: 3, retried: 10 });
  });
});

describe('Payloads that can never be handled', () => {
  it('become dead letters at once, with the reason', async () => {
    const broker = await startBroker();
    const handled: unknown[] = [];
    const orders = defineTopic('orders', Order);
    @Controller()
    class Strict {
      @Subscribe(orders) onOrder(@Payload() order: Order): void {
        handled.push(order);
      }
      @UsePipes(new ValidationPipe())
      @Subscribe('refunds')
      onRefund(@Payload() _refund: Order): void {}
      @Subscribe('broken') onBroken(): void {}
    }
    const { strategy } = await startService(broker, [Strict], {
      group: 'strict',
      codecs: { broken: { contentType: 'x/broken', encode: String, decode: () => fail() } as never },
    });
    const client = await connectTo(broker);
    await client.publish('orders', { amount: 'much' });
    await client.publish('orders', { amount: 3 });
    await client.publish('refunds', { amount: 'much' });
    await client.publish('broken', new RawPayload(Buffer.from('x'), 'x/broken'));
    const dead = new Map<string, string>();
    for (const topic of ['orders', 'refunds', 'broken'])
      await client.subscribe(`${topic}.dead`, {
        onMessage: ({ headers }) => void dead.set(topic, JSON.stringify(headers)),
      });
    await eventually(() => dead.size === 3 && handled.length === 1);
    expect(dead.get('orders')).toContain('amount must be a number');
    expect(dead.get('refunds')).toContain('amount must be a number');
    expect(dead.get('broken')).toContain('the payload cannot be read: no such format');
    expect(handled[0]).toBeInstanceOf(Order);
    expect(strategy.counts.map(({ terminated }) => terminated)).toEqual([1, 1, 1]);
  });
});

describe('A handler', () => {
  it('may settle by itself', async () => {
    const broker = await startBroker();
    const seen: string[] = [];
    @Controller()
    class Manual {
      @Subscribe('orders', { manualAck: true, backoff: BACKOFF })
      async onOrder(@Payload() kind: string, @Ctx() ctx: PochtaContext): Promise<void> {
        seen.push(`${kind} ${ctx.deliveryCount}`);
        await ctx.touch();
        if (ctx.deliveryCount > 1 || kind === 'ack') await ctx.ack();
        else if (kind === 'nack') await ctx.nack(1);
        else if (kind === 'terminate') await ctx.terminate('by hand');
        else throw new Error('by mistake');
      }
    }
    await startService(broker, [Manual], { group: 'manual' });
    const client = await connectTo(broker);
    for (const kind of ['ack', 'nack', 'terminate', 'throw']) await client.publish('orders', kind);
    await eventually(() => seen.length === 6);
    expect(seen.sort()).toEqual(['ack 1', 'nack 1', 'nack 2', 'terminate 1', 'throw 1', 'throw 2']);
    expect(await client.get('orders.dead')).toBe('terminate');
  });

  it('keeps its message for longer than the ack deadline, by itself', async () => {
    const broker = await startBroker();
    const counts: number[] = [];
    const socket = broker.server.openSocket();
    const touches = countWritten(socket, 'touch');
    let finish: () => void = () => undefined;
    @Controller()
    class Long {
      @Subscribe('long', { ackDeadline: 400 })
      async onMessage(@Ctx() ctx: PochtaContext): Promise<void> {
        counts.push(ctx.deliveryCount);
        await new Promise<void>((resolve) => (finish = resolve));
      }
    }
    // Touches are counted in the lines.
    const wire = { socket: () => socket, codec: 'json-lines' } as const;
    const { strategy } = await startService(broker, [Long], { group: 'long', ...wire });
    await (await connectTo(broker)).publish('long', 1);
    await eventually(() => counts.length === 1);
    // Longer than the deadline: there are two to four of them in each.
    await eventually(() => touches() >= 6);
    finish();
    await eventually(() => strategy.counts[0].handled === 1);
    expect(counts).toEqual([1]);
  });

  it('gets the messages of one key one after another and in order, while others go on', async () => {
    const broker = await startBroker();
    const seen: string[] = [];
    const open = new Map<string, () => void>();
    @Controller()
    class Keyed {
      @EventPattern<string>('orders')
      async onOrder(@Payload() name: string): Promise<void> {
        seen.push(name);
        await new Promise<void>((resolve) => open.set(name, resolve));
      }
    }
    await startService(broker, [Keyed], { group: 'keyed' });
    const client = await connectTo(broker);
    for (const name of ['a1', 'a2', 'b1', 'b2', 'c1']) await client.publish('orders', name, { key: name[0] });
    await eventually(() => seen.length === 3);
    expect(seen).toEqual(['a1', 'b1', 'c1']);
    open.get('b1')?.();
    await eventually(() => seen.includes('b2'));
    expect(seen).not.toContain('a2');
    open.get('a1')?.();
    await eventually(() => seen.includes('a2'));
    for (const finish of open.values()) finish();
  });

  it('runs for no more messages at a time than its concurrency', async () => {
    const broker = await startBroker();
    const finish: (() => void)[] = [];
    let most = 0;
    let running = 0;
    @Controller()
    class Limited {
      @Subscribe('jobs', { concurrency: 2 })
      async onJob(): Promise<void> {
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => finish.push(resolve));
        running--;
      }
    }
    const { strategy } = await startService(broker, [Limited], { group: 'limited' });
    const client = await connectTo(broker);
    await client.publishMany('jobs', [1, 2, 3, 4, 5]);
    await eventually(() => {
      finish.shift()?.();
      return strategy.counts[0].handled === 5;
    });
    expect(most).toBe(2);
  });
});

describe('A handler of batches', () => {
  it('gets several payloads at a time, and settles single ones', async () => {
    const broker = await startBroker();
    const batches: unknown[][] = [];
    @Controller()
    class Batches {
      @Subscribe('rows', { batch: { size: 3, wait: 20 }, backoff: BACKOFF })
      async onRows(@Payload() rows: number[], @Ctx() ctx: PochtaBatchContext): Promise<void> {
        batches.push(rows);
        if (rows.length < 3 || batches.length > 1) return;
        await ctx.messages[1].ack();
        throw new Error('all but one');
      }
    }
    const { strategy } = await startService(broker, [Batches], { group: 'batches' });
    const client = await connectTo(broker);
    await client.publishMany('rows', [1, 2, 3, 4]);
    await eventually(() => strategy.counts[0].handled === 4);
    expect(batches[0]).toEqual([1, 2, 3]);
    expect(batches.slice(1).flat().sort()).toEqual([1, 3, 4]);
    expect(strategy.counts[0]).toMatchObject({ failed: 2, retried: 2 });
  });

  it('never gets a payload that does not fit its topic', async () => {
    const broker = await startBroker();
    const seen: Order[] = [];
    @Controller()
    class Batches {
      @Subscribe(defineTopic('orders', Order), { batch: { size: 2, wait: 5 } })
      onOrders(@Payload() orders: Order[]): void {
        seen.push(...orders);
      }
    }
    await startService(broker, [Batches], { group: 'batches' });
    const client = await connectTo(broker);
    await client.publishMany('orders', [{ amount: 1 }, { amount: 'x' }, { amount: 2 }]);
    await eventually(() => seen.length === 2);
    expect(seen).toEqual([{ amount: 1 }, { amount: 2 }]);
    await eventually(async () => (await client.get('orders.dead')) !== undefined);
  });
});

function fail(): never {
  throw new Error('no such format');
}
