import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { eventually, startBroker } from '@pochta/testing';
import { connectTo, startService, stopServices } from '../../fixtures/service';
import { PochtaContext } from './pochta-context';
import { Subscribe } from './subscribe.decorator';

afterEach(stopServices);

describe('Who gets a message', () => {
  it('is every replica of a broadcast handler, but one member only of a group', async () => {
    const broker = await startBroker();
    const heard: string[] = [];
    const replica = (name: string) => {
      @Controller()
      class Replica {
        @Subscribe('prices', { broadcast: true }) all(@Payload() price: number): void {
          heard.push(`${name} all ${price}`);
        }
        @Subscribe('prices', { group: 'one' }) one(@Payload() price: number): void {
          heard.push(`one ${price}`);
        }
      }
      return Replica;
    };
    const client = await connectTo(broker);
    await client.publish('prices', 0);
    for (const name of ['a', 'b']) await startService(broker, [replica(name)]);
    await client.publishMany('prices', [1, 2]);
    await eventually(() => heard.length === 7);
    expect(heard.filter((line) => line.includes('all')).sort()).toEqual([
      'a all 1',
      'a all 2',
      'b all 1',
      'b all 2',
    ]);
    expect(heard.filter((line) => line.startsWith('one')).sort()).toEqual(['one 0', 'one 1', 'one 2']);
  });

  it('is a service that was offline too: fan-out survives that', async () => {
    const broker = await startBroker();
    const heard: string[] = [];
    const service = (group: string) => {
      @Controller()
      class Service {
        @EventPattern<string>('orders', { group }) onOrder(@Payload() order: number): void {
          heard.push(`${group} ${order}`);
        }
      }
      return Service;
    };
    const client = await connectTo(broker);
    await startService(broker, [service('billing')]);
    const shipping = await startService(broker, [service('shipping')]);
    await client.publish('orders', 1);
    await eventually(() => heard.length === 2);
    await shipping.app.close();
    await client.publish('orders', 2);
    await eventually(() => heard.length === 3);
    await startService(broker, [service('shipping')]);
    await eventually(() => heard.length === 4);
    expect(heard.sort()).toEqual(['billing 1', 'billing 2', 'shipping 1', 'shipping 2']);
  });

  it('is not the broadcast handler again, when it has failed; it is logged and counted', async () => {
    const broker = await startBroker();
    const heard: number[] = [];
    @Controller()
    class Failing {
      @Subscribe('prices', { broadcast: true }) all(
        @Payload() price: number,
        @Ctx() ctx: PochtaContext,
      ): void {
        heard.push(price);
        if (price === 1) throw new Error(`no ${price}, ${ctx.group}`);
      }
    }
    const { strategy, texts } = await startService(broker, [Failing]);
    const client = await connectTo(broker);
    await client.publishMany('prices', [1, 2]);
    await eventually(() => strategy.counts[0].handled === 1);
    expect(heard).toEqual([1, 2]);
    expect(strategy.counts[0]).toMatchObject({ failed: 1, retried: 0, terminated: 0 });
    expect(texts('error')).toContainEqual(
      expect.stringMatching(/failed on prices 1: no 1, undefined; it does not come again/),
    );
  });

  it('is told in the log what it has missed', async () => {
    const broker = await startBroker({ topics: { prices: { maxMessages: 2, overflow: 'drop-oldest' } } });
    const heard: number[] = [];
    @Controller()
    class Late {
      @Subscribe('prices', { broadcast: true, from: { sequence: 1 } }) all(@Payload() price: number): void {
        heard.push(price);
      }
    }
    const client = await connectTo(broker);
    await client.publishMany('prices', [1, 2, 3, 4]);
    const { texts } = await startService(broker, [Late]);
    await eventually(() => heard.length === 2);
    expect(heard).toEqual([3, 4]);
    expect(texts('warn')).toContainEqual('The handler of prices missed prices 1 to 2: overflow');
  });

  it('handles no more messages of a broadcast at a time than the concurrency, in order', async () => {
    const broker = await startBroker();
    const heard: number[] = [];
    const finish: (() => void)[] = [];
    @Controller()
    class Slow {
      @Subscribe('prices', { broadcast: true, concurrency: 2 })
      async all(@Payload() price: number): Promise<void> {
        heard.push(price);
        await new Promise<void>((resolve) => finish.push(resolve));
      }
    }
    const { strategy } = await startService(broker, [Slow]);
    const client = await connectTo(broker);
    await client.publishMany('prices', [1, 2, 3, 4]);
    await eventually(() => heard.length === 2);
    finish.shift()?.();
    await eventually(() => heard.length === 3);
    expect(heard).toEqual([1, 2, 3]);
    await eventually(() => {
      finish.shift()?.();
      return strategy.counts[0].handled === 4;
    });
  });
});

describe('The topics that a service takes in', () => {
  it('go to the handler whose pattern says most, and an unmatched message is not dropped', async () => {
    const broker = await startBroker();
    const heard: string[] = [];
    @Controller()
    class Orders {
      @Subscribe('orders.*.created') created(@Ctx() { topic }: PochtaContext): void {
        heard.push(`created ${topic}`);
      }
      @Subscribe('orders.eu.*') eu(@Ctx() { topic }: PochtaContext): void {
        heard.push(`eu ${topic}`);
      }
      @EventPattern<string>('orders.eu.created') exact(@Ctx() { topic }: PochtaContext): void {
        heard.push(`exact ${topic}`);
      }
      @Subscribe('invoices') invoices(@Ctx() { topic }: PochtaContext): void {
        heard.push(`own ${topic}`);
      }
    }
    const { strategy, texts } = await startService(broker, [Orders], {
      group: 'service',
      topics: ['orders.>', 'refunds'],
    });
    const client = await connectTo(broker);
    const topics = ['orders.eu.created', 'orders.eu.paid', 'orders.us.created', 'orders.us.paid', 'invoices'];
    for (const topic of topics) await client.publish(topic, topic);
    await client.publish('refunds', 1);
    await eventually(() => heard.length === 4);
    expect(heard.sort()).toEqual([
      'created orders.us.created',
      'eu orders.eu.paid',
      'exact orders.eu.created',
      'own invoices',
    ]);
    const dead: string[] = [];
    for (const topic of ['orders.us.paid', 'refunds'])
      await client.subscribe(`${topic}.dead`, {
        onMessage: ({ headers }) => void dead.push(JSON.stringify(headers)),
      });
    await eventually(() => dead.length === 2);
    expect(dead[0]).toContain('no handler');
    expect(texts('error')).toContainEqual(expect.stringContaining('No handler matches orders.us.paid 1'));
    expect(strategy.counts.map(({ pattern, handled }) => [pattern, handled])).toEqual([
      ['invoices', 1],
      ['orders.*.created', 1],
      ['orders.eu.*', 1],
      ['orders.eu.created', 1],
    ]);
  });

  it('need a group, must not overlap, and must not tear a pattern in two', async () => {
    const broker = await startBroker();
    @Controller()
    class Torn {
      @Subscribe('*.created') created(): void {}
      @Subscribe('orders.paid', { prefetch: 3 }) paid(): void {}
    }
    const start = (options: object) => startService(broker, [Torn], options);
    await expect(start({ topics: ['orders.*'] })).rejects.toThrow('give the strategy a group');
    await expect(start({ group: 'g', topics: ['orders.*', 'orders.>'] })).rejects.toThrow(
      /'orders.\*' and 'orders.>' overlap/,
    );
    const torn = start({ group: 'g', topics: ['orders.*'] });
    await expect(torn).rejects.toThrow(/Torn.created: '\*.created' is only in part in 'orders.\*'/);
    await expect(torn).rejects.toThrow(/Torn.paid: .*so prefetch need a group of its own/);
  });
});
