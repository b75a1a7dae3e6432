import { Controller, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { eventually, startBroker } from '@pochta/testing';
import { connectTo, prepareService, startService, stopServices } from '../../fixtures/service';
import { createConnection } from '../connections/shared-connection';
import { PochtaModule } from '../module/pochta.module';
import { defineTopic } from '../topics/define-topic';
import { connectPochta } from './connect-pochta';
import { PochtaServer } from './pochta-server';
import type { PochtaServerOptions } from './pochta-server-options';
import { Subscribe } from './subscribe.decorator';
import { POCHTA } from './transport-id';

afterEach(stopServices);

/** What `listen` says of controllers that cannot be bound; it does so before it connects. */
async function mistakesOf(controllers: Type[], options: PochtaServerOptions = {}): Promise<string> {
  const { listen } = await prepareService({ port: 1 }, controllers, options);
  const error: unknown = await listen().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'INVALID_CONFIG' });
  return (error as Error).message;
}

describe('The options of a PochtaServer', () => {
  const mistake = (options: object): string => {
    try {
      new PochtaServer(options);
      return 'none';
    } catch (error) {
      expect(error).toMatchObject({ code: 'INVALID_CONFIG' });
      return (error as Error).message;
    }
  };

  it('are refused with every mistake, and what was probably meant', () => {
    const text = mistake({ gruop: 'billing', prot: 1, topics: 'orders', drainTimeout: -1 });
    expect(text).toContain('gruop: is not a setting; did you mean group?');
    expect(text).toContain('prot: is not a setting; did you mean port?');
    expect(text).toContain('topics: "orders" must be an array');
    expect(text).toContain('drainTimeout: -1 must not be less than 0');
    expect(mistake({ port: '8888' })).toContain('port: must be an integer number, not the text "8888"');
    expect(mistake({ group: 'billing', port: 8888, requestTimeout: undefined })).toBe('none');
  });

  it('are refused where they are given: the stack begins at the line that does so', () => {
    let stack = '';
    try {
      new PochtaServer({ prot: 1 } as PochtaServerOptions);
    } catch (error) {
      stack = (error as Error).stack!;
    }
    const [head, first] = stack.split('\n');
    expect(head).toContain('prot: is not a setting');
    expect(first).toContain('binding.spec');
  });

  it('take nothing of the connection beside a connection that is there already, at compile time too', async () => {
    const connection = createConnection();
    const options = { connection, group: 'billing', drainTimeout: 10, waitForFirstConnection: false };
    expect(mistake(options)).toBe('none');
    expect(mistake({ ...options, port: 8888 })).toContain('port: is an option of the connection');
    expect(mistake({ ...options, gruop: 'x' })).toContain('gruop: is not a setting; did you mean group?');
    // @ts-expect-error the connection has its port
    expect(() => new PochtaServer({ connection, port: 8888 })).toThrow(/port/);
    const app = await NestFactory.create(PochtaModule.forRoot(), { logger: false });
    // @ts-expect-error likewise
    expect(() => connectPochta(app, { group: 'billing', port: 8888 })).toThrow(/port/);
    await app.close();
  });
});

describe('Handlers of a service', () => {
  it('fail at start-up when one is bound twice, all of them named', async () => {
    @Controller()
    class Twice {
      @Subscribe('orders.created') first(): void {}
      @Subscribe('orders.*') second(): void {}
      @EventPattern<string>('invoices') third(): void {}
      @EventPattern<string>('invoices') fourth(): void {}
      @MessagePattern('sum') fifth(): void {}
      @MessagePattern('sum') sixth(): void {}
      @Subscribe('refunds.>', { broadcast: true }) seventh(): void {}
      @Subscribe('refunds.>', { broadcast: true }) eighth(): void {}
    }
    const text = await mistakesOf([Twice], { group: 'billing' });
    expect(text.split('\n')).toHaveLength(4);
    expect(text).toContain(
      "@Subscribe('orders.created') on Twice.first and @Subscribe('orders.*') on Twice.second: the group billing",
    );
    expect(text).toContain("@EventPattern('invoices') is on two methods: the group billing");
    expect(text).toContain("@MessagePattern('sum') is on two methods");
    expect(text).toContain('Twice.seventh');
  });

  it('may share a topic as different groups, and a filter with its dead letters', async () => {
    const broker = await startBroker();
    const seen: string[] = [];
    @Controller()
    class Several {
      @Subscribe('orders.created', { group: 'billing' }) bill(): void {
        seen.push('billed');
      }
      @EventPattern<string>('orders.created', { group: 'shipping' }) ship(): void {
        seen.push('shipped');
      }
      @Subscribe('orders.*.*', { group: 'billing' }) other(): void {}
      @Subscribe('orders.created.dead', { group: 'billing' }) dead(): void {}
      @Subscribe('orders.*', { broadcast: true }) all(): void {
        seen.push('all');
      }
    }
    await startService(broker, [Several]);
    const client = await connectTo(broker);
    await client.publish('orders.created', 1);
    await eventually(() => seen.length === 3);
    expect(seen.sort()).toEqual(['all', 'billed', 'shipped']);
  });

  it('fail at start-up without a group, and with options that make no sense', async () => {
    @Controller()
    class Wrong {
      @Subscribe('orders') noGroup(): void {}
      @Subscribe('a', { group: 'g', prefetch: 0 }) tooFew(): void {}
      @Subscribe('b', { broadcast: true, maxDeliveries: 3 }) both(): void {}
      @Subscribe('c', { group: 'g', batch: { size: 10 }, prefetch: 5 }) never(): void {}
      @EventPattern<string>('d', { group: 'g', concurency: 3 }) typo(): void {}
      @EventPattern<string>('e', { pochta: { grop: 'g' } }) otherTypo(): void {}
      @EventPattern<string>('f.>.g', { group: 'g' }) filter(): void {}
      @MessagePattern('h.*') request(): void {}
    }
    const text = await mistakesOf([Wrong]);
    expect(text).toMatch(/@Subscribe\('orders'\) on Wrong.noGroup: has no consumer group; say { group/);
    expect(text).toMatch(/Wrong.tooFew: prefetch 0 must not be less than 1/);
    expect(text).toMatch(/Wrong.both: broadcast does not go together with maxDeliveries/);
    expect(text).toMatch(/Wrong.never: batch.size 10 must not be above prefetch 5/);
    expect(text).toMatch(/@EventPattern\('d'\): concurency is not a setting; did you mean concurrency\?/);
    expect(text).toMatch(/@EventPattern\('e'\): grop is not a setting; did you mean group\?/);
    expect(text).toMatch(/@EventPattern\('f.>.g'\): the topic or filter must have > as its last token only/);
    expect(text).toMatch(/@MessagePattern\('h.\*'\): the topic must not contain/);
    expect(text.split('\n')).toHaveLength(8);
  });

  it('fail at start-up when their defaults make no sense', async () => {
    expect(await mistakesOf([], { group: '', concurrency: 1.5, backoff: { min: 0 } })).toBe(
      'PochtaServer: group "" must be longer than or equal to 1 characters\n' +
        'PochtaServer: concurrency 1.5 must be an integer number',
    );
    for (const group of ['a\nb', 'a\u202eb', '\ud800'])
      expect(await mistakesOf([], { group })).toMatch(
        /^PochtaServer: group ".*" must not have control characters$/,
      );
  });

  it('may have extras for other transports', async () => {
    const broker = await startBroker();
    @Controller()
    class Extras {
      @EventPattern<string>('orders', { qos: 1, noLocal: true }) onOrder(): void {}
    }
    const { strategy } = await startService(broker, [Extras], { group: 'billing' });
    expect(strategy.counts).toMatchObject([{ pattern: 'orders', group: 'billing' }]);
  });

  it('take topic names from configuration', async () => {
    const broker = await startBroker();
    const seen: unknown[] = [];
    const refunds = defineTopic<number>('${region}.refunds');
    @Controller()
    class Regional {
      @Subscribe('${region}.orders') onOrder(@Payload() order: unknown): void {
        seen.push(order);
      }
      @Subscribe(refunds) onRefund(@Payload() refund: number): void {
        seen.push(refund);
      }
      @MessagePattern('${region}.sum') sum(): number {
        return 3;
      }
    }
    await startService(broker, [Regional], { group: 'billing', names: { region: 'eu' } });
    const client = await connectTo(broker);
    await client.publish('eu.orders', 1);
    await client.publish('eu.refunds', 2);
    await eventually(() => seen.length === 2);
    expect(await client.request('eu.sum', null)).toBe(3);
    const text = await mistakesOf([Regional], { group: 'billing', names: { regoin: 'eu' } });
    expect(text).toContain('Regional.onOrder: The topic ${region}.orders has a placeholder');
    expect(text).toContain('did you mean ${regoin}?');
  });

  it('take the topics of the strategy from configuration', async () => {
    const broker = await startBroker();
    const seen: unknown[] = [];
    @Controller()
    class Regional {
      @Subscribe('${region}.orders') onOrder(@Payload() order: unknown): void {
        seen.push(order);
      }
    }
    const options = { group: 'billing', topics: ['${region}.*'] };
    const { strategy } = await startService(broker, [Regional], { ...options, names: { region: 'eu' } });
    await (await connectTo(broker)).publish('eu.orders', 1);
    await eventually(() => seen.length === 1);
    expect(strategy.counts).toMatchObject([{ pattern: 'eu.orders' }]);
    expect(await mistakesOf([], options)).toContain('topics: The topic ${region}.* has a placeholder');
  });

  it('hear wildcards, also of topics that are created later', async () => {
    const broker = await startBroker();
    const seen: string[] = [];
    @Controller()
    class Wild {
      @Subscribe('orders.*', { group: 'one' }) one(@Payload() name: string): void {
        seen.push(`one ${name}`);
      }
      @Subscribe('orders.>', { group: 'rest' }) rest(@Payload() name: string): void {
        seen.push(`rest ${name}`);
      }
    }
    await startService(broker, [Wild]);
    const client = await connectTo(broker);
    for (const topic of ['orders.new', 'orders.new.eu', 'invoices.new']) await client.publish(topic, topic);
    await eventually(() => seen.length === 3);
    expect(seen.sort()).toEqual(['one orders.new', 'rest orders.new', 'rest orders.new.eu']);
  });

  it('are bound to the strategy that they name', async () => {
    const broker = await startBroker();
    const other = Symbol('other');
    @Controller()
    class Bound {
      @EventPattern<string>('any') any(): void {}
      @EventPattern<string>('pochta', POCHTA) pochta(): void {}
      @Subscribe('subscribed') subscribed(): void {}
      @EventPattern<string>('other', other) other(): void {}
      @Subscribe('both', { transportId: other }) both(): void {}
    }
    const first = await startService(broker, [Bound], { group: 'first' });
    const second = await startService(broker, [Bound], { group: 'second', transportId: other });
    const patterns = ({ strategy }: typeof first) => strategy.counts.map(({ pattern }) => pattern).sort();
    expect(patterns(first)).toEqual(['any', 'pochta', 'subscribed']);
    expect(patterns(second)).toEqual(['any', 'both', 'other']);
  });

  it('of a defined topic must take its payloads, or they do not compile', () => {
    const orders = defineTopic<{ id: number }>('orders');
    class Typed {
      @Subscribe(orders, { group: 'a' }) right(_order: { id: number }, _context: object): void {}
      @Subscribe(orders, { group: 'b' }) wider(_order: object): void {}
      @Subscribe(orders, { group: 'c' }) none(): void {}
      @Subscribe(orders, { group: 'd', batch: { size: 2 } }) batch(_orders: { id: number }[]): void {}
      // @ts-expect-error the payload has no such field
      @Subscribe(orders, { group: 'e' }) wrong(_order: { name: string }): void {}
      // @ts-expect-error a batch is an array
      @Subscribe(orders, { group: 'f', batch: { size: 2 } }) single(_order: { id: number }): void {}
    }
    expect(new Typed()).toBeDefined();
  });
});
