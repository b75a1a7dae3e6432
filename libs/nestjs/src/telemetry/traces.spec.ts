import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { eventually, FakePeer, startBroker, type TestBroker } from '@pochta/testing';
import { firstValueFrom } from 'rxjs';
import { closeLater, startService, stopServices } from '../../fixtures/service';
import { documentedPrograms, program } from '../../fixtures/documents/examples';
import { finishedSpans, registerTracing, unregisterTracing } from '../../fixtures/documents/tracing';
import { PochtaClientProxy } from '../client/pochta-client-proxy';
import { PochtaRetry } from '../transport/outcomes';

let broker: TestBroker;
let client: PochtaClientProxy;

@Controller()
class OrdersController {
  @EventPattern('orders')
  async onOrder(@Payload() kind: string): Promise<void> {
    if (kind === 'again') throw new PochtaRetry(60_000);
    await firstValueFrom(client.emit('invoices', await firstValueFrom(client.send('price', kind))));
  }

  @MessagePattern('price')
  price(kind: string): number {
    if (kind === 'none') throw new Error('no price');
    return 7;
  }
}

beforeEach(async () => {
  broker = await startBroker();
  await startService(broker, [OrdersController], { group: 'billing' });
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
    const requested = await ended('request price');
    const invoiced = await ended('publish invoices');
    expect(published).toMatchObject({ kind: SpanKind.PRODUCER, parentSpanContext: undefined });
    expect(processed).toMatchObject({ kind: SpanKind.CONSUMER, ...childOf(published) });
    expect(processed.attributes).toMatchObject({ 'messaging.consumer.group.name': 'billing' });
    expect(requested).toMatchObject({ kind: SpanKind.CLIENT, ...childOf(processed) });
    expect(invoiced).toMatchObject({ kind: SpanKind.PRODUCER, ...childOf(processed) });
    const responded = await ended('respond price');
    expect(responded).toMatchObject({ kind: SpanKind.SERVER, ...childOf(requested) });
  });

  it('tells of handlers that fail', async () => {
    registerTracing();
    await firstValueFrom(client.emit('orders', 'again'));
    expect(await ended('process orders')).toMatchObject({
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
