import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { RawPayload } from '@pochta/client';
import { errorFor } from '@pochta/protocol';
import { eventually, startBroker } from '@pochta/testing';
import { concat, EMPTY, finalize, NEVER, of, Subject, throwError } from 'rxjs';
import { connectTo, startService, stopServices } from '../../fixtures/service';
import type { PayloadCodec } from '../codecs/payload-codec';
import { PochtaContext } from './pochta-context';

afterEach(stopServices);

async function collect(parts: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const part of parts) all.push(part);
  return all;
}

describe('@MessagePattern in a service', () => {
  it('answers with what the handler gives', async () => {
    const broker = await startBroker();
    @Controller()
    class Replies {
      @MessagePattern('sum') sum(@Payload() { a, b }: { a: number; b: number }): number {
        return a + b;
      }
      @MessagePattern('nothing') nothing(): void {}
      @MessagePattern('empty') empty() {
        return EMPTY;
      }
      @MessagePattern('context') context(@Ctx() ctx: PochtaContext): object {
        const { topic, headers, sequence, group, deliveryCount, open } = ctx;
        return { topic, headers, sequence, group, deliveryCount, open, id: ctx.correlationId !== undefined };
      }
      @MessagePattern('settles') async settles(@Ctx() ctx: PochtaContext): Promise<unknown> {
        return ctx.ack().catch((error: { code: string }) => error.code);
      }
    }
    const { strategy } = await startService(broker, [Replies]);
    const client = await connectTo(broker);
    expect(await client.request('sum', { a: 1, b: 2 })).toBe(3);
    expect(await client.request('nothing', null)).toBeNull();
    expect(await collect(client.requestMany('empty', null))).toEqual([]);
    expect(await client.request('context', null, { headers: { a: 'b' } })).toEqual({
      topic: 'context',
      headers: { a: 'b' },
      deliveryCount: 1,
      open: false,
      id: true,
    });
    expect(await client.request('settles', null)).toBe('NOT_SUPPORTED');
    expect(strategy.counts.map(({ handled, failed }) => handled + failed)).toEqual([1, 1, 1, 1, 1]);
  });

  it('sends several values as parts, as they come, and what follows them', async () => {
    const broker = await startBroker();
    const source = new Subject<number>();
    @Controller()
    class Parts {
      @MessagePattern('all') all() {
        return of(1, 2, 3);
      }
      @MessagePattern('slow') slow() {
        return source;
      }
      @MessagePattern('broken') broken() {
        return concat(
          of(1),
          throwError(() => new RpcException('half way')),
        );
      }
    }
    await startService(broker, [Parts]);
    const client = await connectTo(broker);
    expect(await collect(client.requestMany('all', null))).toEqual([1, 2, 3]);
    const parts = client.requestMany('slow', null)[Symbol.asyncIterator]();
    const first = parts.next();
    await eventually(() => source.observed);
    source.next(7);
    expect(await first).toEqual({ done: false, value: 7 });
    source.complete();
    expect((await parts.next()).done).toBe(true);
    const broken = client.requestMany('broken', null)[Symbol.asyncIterator]();
    expect(await broken.next()).toEqual({ done: false, value: 1 });
    await expect(broken.next()).rejects.toThrow('half way');
  });

  it('stops when the requester goes away', async () => {
    const broker = await startBroker();
    const events: string[] = [];
    @Controller()
    class Endless {
      @MessagePattern('endless') endless(@Ctx() ctx: PochtaContext) {
        events.push('begun');
        ctx.signal.addEventListener('abort', () => events.push('aborted'));
        return NEVER.pipe(finalize(() => events.push('unsubscribed')));
      }
    }
    const { app } = await startService(broker, [Endless]);
    const client = await connectTo(broker);
    const abort = new AbortController();
    const reply = client.request('endless', null, { signal: abort.signal });
    await eventually(() => events.length === 1);
    abort.abort();
    await expect(reply).rejects.toMatchObject({ code: 'ABORTED' });
    await eventually(() => events.length === 3);
    expect(events.sort()).toEqual(['aborted', 'begun', 'unsubscribed']);
    // Nothing is left that the close would wait for.
    await app.close();
  });

  it('tells a PochtaError by its code, and nothing of an unknown error', async () => {
    const broker = await startBroker();
    @Controller()
    class Failing {
      @MessagePattern('pochta') pochta(): void {
        throw new RpcException(errorFor('FORBIDDEN', 'not yours'));
      }
      @MessagePattern('unknown') unknown(): void {
        throw new Error('password 123');
      }
      @MessagePattern('unsayable') unsayable(): unknown {
        return 10n;
      }
    }
    const { strategy, texts } = await startService(broker, [Failing]);
    const client = await connectTo(broker);
    await expect(client.request('pochta', null)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: 'not yours',
    });
    const failure = await client.request('unknown', null).catch((error: Error) => error.message);
    expect(failure).toBe('{"status":"error","message":"Internal server error"}');
    expect(texts('error').join()).toContain('password 123');
    await expect(client.request('unsayable', null)).rejects.toThrow('Internal server error');
    expect(texts('error').join()).toMatch(/reply of a handler cannot be written: .*BigInt/);
    expect(strategy.counts.map(({ failed }) => failed)).toEqual([1, 1, 1]);
  });

  it('runs between the hooks that tracers set on the strategy, as events do', async () => {
    const broker = await startBroker();
    const calls: string[] = [];
    @Controller()
    class Hooked {
      @MessagePattern('ask') ask() {
        calls.push('asked');
        return of(1);
      }
      @EventPattern<string>('orders') onOrder(): void {
        calls.push('handled');
        throw new RpcException('no');
      }
    }
    const { strategy } = await startService(broker, [Hooked], { group: 'g', maxDeliveries: 1 });
    const topicOf = (context: unknown) => (context as PochtaContext).topic;
    strategy.setOnProcessingStartHook((_transport, context, done) => {
      calls.push(`start ${topicOf(context)}`);
      void done();
    });
    strategy.setOnProcessingEndHook((_transport, context) => calls.push(`end ${topicOf(context)}`));
    const client = await connectTo(broker);
    expect(await client.request('ask', null)).toBe(1);
    await client.publish('orders', 1);
    await eventually(() => calls.length === 6);
    expect(calls).toEqual(['start ask', 'asked', 'end ask', 'start orders', 'handled', 'end orders']);
  });

  it('reads requests and writes replies by the codec of the topic, in order also when that takes its time', async () => {
    const broker = await startBroker();
    const hex: PayloadCodec = {
      contentType: 'text/x-hex',
      encode: async (value) => {
        await new Promise((resolve) => setImmediate(resolve));
        return Buffer.from(Buffer.from(String(value)).toString('hex'));
      },
      decode: async (bytes) => Promise.resolve(Buffer.from(Buffer.from(bytes).toString(), 'hex').toString()),
    };
    @Controller()
    class Hex {
      @MessagePattern('hex') hex(@Payload() text: string) {
        return of(`${text}1`, `${text}2`);
      }
    }
    await startService(broker, [Hex], { codecs: { hex } });
    const client = await connectTo(broker);
    const request = new RawPayload(Buffer.from('61'), 'text/x-hex');
    const parts = (await collect(client.requestMany('hex', request))) as Uint8Array[];
    expect(parts.map((part) => Buffer.from(part).toString())).toEqual(['6131', '6132']);
  });
});
