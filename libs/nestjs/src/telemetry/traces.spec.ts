import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { RawPayload } from '@pochta/client';
import { eventually, FakePeer, startBroker, type StartedBroker } from '@pochta/testing';
import { firstValueFrom } from 'rxjs';
import { closeLater, connectTo, startService, stopServices } from '../../fixtures/service';
import { documentedPrograms, program } from '../../fixtures/documents/examples';
import { finishedSpans, registerTracing, unregisterTracing } from '../../fixtures/documents/tracing';
import { PochtaClientProxy } from '../client/pochta-client-proxy';
import { messagePack } from '../codecs/message-pack-codec';
import { defineTopic } from '../topics/define-topic';
import { PochtaRetry } from '../transport/outcomes';
import { Subscribe } from '../transport/subscribe.decorator';

let broker: StartedBroker;
let client: PochtaClientProxy;

@Controller()
class OrdersController {
  @EventPattern('orders')
  async onOrder(@Payload() kind: string): Promise<void> {
    if (kind === 'again') throw new PochtaRetry(60_000);
    await firstValueFrom(client.emit('invoices', await firstValueFrom(client.send('price', kind))));
  }

  @Subscribe('ticks', { batch: { size: 3, wait: 10_000 } })
  onTicks(): void {}

  @EventPattern('packed')
  onPacked(_packed: unknown): void {}

  @MessagePattern('price')
  price(kind: string): number {
    if (kind === 'none') throw new Error('no price');
    return 7;
  }
}

beforeEach(async () => {
  broker = await startBroker({ engine: 'lmdb' });
  await startService(broker, [OrdersController], {
    group: 'billing',
    codecs: { packed: messagePack() },
  });
  client = new PochtaClientProxy({ port: broker.port });
  closeLater(() => client.close());
});

afterEach(async () => {
  await stopServices();
  unregisterTracing();
});

async function ended(name: string): Promise<ReadableSpan> {
  const find = (): ReadableSpan | undefined => finishedSpans().find((span) => span.name === name);
  await eventually(() => find() !== undefined, `the span "${name}"`);
  return find()!;
}

const childOf = (parent: ReadableSpan): object => ({
  parentSpanContext: { traceId: parent.spanContext().traceId, spanId: parent.spanContext().spanId },
});

describe('trace propagation', () => {
  it('is one trace from an event to its handler, to a request, and on to what is published', async () => {
    registerTracing();
    await firstValueFrom(client.emit('orders', 'nut'));
    const published = await ended('publish orders');
    const processed = await ended('process orders');
    const delivered = await ended('deliver orders');
    const requested = await ended('request price');
    const invoiced = await ended('publish invoices');
    expect(published).toMatchObject({ kind: SpanKind.PRODUCER, parentSpanContext: undefined });
    expect(delivered).toMatchObject({ kind: SpanKind.CONSUMER, ...childOf(published) });
    expect(processed).toMatchObject({ kind: SpanKind.CONSUMER, ...childOf(delivered) });
    expect(processed.links).toMatchObject([{ context: { spanId: published.spanContext().spanId } }]);
    expect(processed.attributes).toMatchObject({ 'messaging.consumer.group.name': 'billing' });
    expect(requested).toMatchObject({ kind: SpanKind.CLIENT, ...childOf(processed) });
    expect(invoiced).toMatchObject({ kind: SpanKind.PRODUCER, ...childOf(processed) });
    const responded = await ended('respond price');
    expect(responded).toMatchObject({ kind: SpanKind.SERVER, ...childOf(requested) });
  });

  it('is that of each message for a batch, whose handler is linked to all of them', async () => {
    registerTracing();
    await Promise.all([1, 2, 3].map((tick) => firstValueFrom(client.emit('ticks', tick))));
    const processed = await ended('process ticks');
    const all = (name: string) => finishedSpans().filter((span) => span.name === name);
    await eventually(() => all('deliver ticks').length === 3);
    const idsOf = (found: readonly ({ spanId: string } | undefined)[]) =>
      found.map((one) => one?.spanId).sort();
    const published = idsOf(all('publish ticks').map((span) => span.spanContext()));
    expect(idsOf(all('deliver ticks').map(({ parentSpanContext }) => parentSpanContext))).toEqual(published);
    expect(idsOf(processed.links.map(({ context }) => context))).toEqual(published);
    expect(processed.attributes).toMatchObject({ 'messaging.batch.message_count': 3 });
    expect(processed.parentSpanContext).toBeUndefined();
  });

  it('goes on in what is published in a transaction', async () => {
    registerTracing();
    const topic = defineTopic<number>('invoices', { codec: messagePack() });
    await client.transaction((transaction) => {
      transaction.publish('orders', 'nut');
      transaction.publish(topic, 1, { headers: { tenant: 'a' } });
    });
    const published = await ended('publish orders');
    expect(await ended('deliver orders')).toMatchObject(childOf(published));
    expect((await ended('publish invoices')).status.code).toBe(SpanStatusCode.UNSET);
    const undone = client.transaction((transaction) => {
      transaction.publish('undone', 1);
      throw new Error('changed its mind');
    });
    await expect(undone).rejects.toThrow('changed its mind');
    expect(await ended('publish undone')).toMatchObject({ status: { code: SpanStatusCode.ERROR } });
  });

  it('tells of messages that no handler is given', async () => {
    registerTracing();
    const unreadable = new RawPayload(Buffer.from([0xc1]), 'application/msgpack');
    await (await connectTo(broker)).publish('packed', unreadable);
    expect(await ended('deliver packed')).toMatchObject({ status: { code: SpanStatusCode.ERROR } });
    expect(finishedSpans().map(({ name }) => name)).not.toContain('process packed');
  });

  it('tells of handlers that fail', async () => {
    registerTracing();
    await firstValueFrom(client.emit('orders', 'again'));
    for (const name of ['process orders', 'deliver orders'])
      expect(await ended(name)).toMatchObject({
        attributes: { 'error.type': 'PochtaRetry' },
        status: { code: SpanStatusCode.ERROR },
      });
    await expect(firstValueFrom(client.send('price', 'none'))).rejects.toBeDefined();
    expect(await ended('respond price')).toMatchObject({
      status: { code: SpanStatusCode.ERROR, message: 'Internal server error' },
    });
    expect((await ended('request price')).status.code).toBe(SpanStatusCode.ERROR);
  });

  it('goes to and from peers in any language, by the headers of W3C trace context', async () => {
    registerTracing();
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const peer = await FakePeer.connect(broker);
    await peer.ask({ action: 'subscribe', topic: 'invoices', meta: true });
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    await peer.ask({ action: 'publish', topic: 'orders', message: 'nut', headers });
    const [push] = await peer.until(({ type }) => type === 'push');
    expect(push).toMatchObject({
      headers: { traceparent: expect.stringMatching(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`)) },
    });
    expect((await ended('process orders')).spanContext().traceId).toBe(traceId);
  });

  it('puts nothing into messages of an app that has not set OpenTelemetry up', async () => {
    const peer = await FakePeer.connect(broker);
    await peer.ask({ action: 'subscribe', topic: 'invoices', meta: true });
    await firstValueFrom(client.emit('orders', 'nut'));
    const push = await peer.next();
    expect(push).toMatchObject({ type: 'push', message: 7 });
    expect(push).not.toHaveProperty('headers.traceparent');
    expect(finishedSpans()).toEqual([]);
  });
});

it('the tracing that these tests set up is that of docs/nestjs-telemetry.md', () => {
  expect(documentedPrograms('nestjs-telemetry.md').get('tracing.ts')).toBe(program('tracing.ts'));
});
