import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { errorFor, MAX_HEADERS } from '@pochta/protocol';
import {
  finishedSpans,
  registerTracing as register,
  unregisterTracing as unregister,
} from '../../fixtures/documents/tracing';
import { PochtaRetry } from '../transport/outcomes';
import { activeTraceId, telemetry } from './process-telemetry';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const FOREIGN = { traceparent: `00-${TRACE}-b7ad6b7169203331-01` };

/** The spans that ended, by name. */
const spans = (): Map<string, ReadableSpan> => new Map(finishedSpans().map((span) => [span.name, span]));

describe('telemetry of a process', () => {
  afterEach(unregister);

  it('is off until a tracer provider is registered, and off again without one', () => {
    expect(telemetry().enabled).toBe(false);
    register();
    expect(telemetry().enabled).toBe(true);
    unregister();
    expect(telemetry().enabled).toBe(false);
  });

  it('leaves headers as they are while it is off', () => {
    const headers = { a: '1' };
    expect(telemetry().outgoing({ type: 'publish', topic: 'orders' }, headers).headers).toBe(headers);
    expect(telemetry().outgoing({ type: 'publish', topic: 'orders' }, undefined).headers).toBeUndefined();
  });

  it('writes spans to a provider that is registered in place of another', () => {
    register();
    telemetry().incoming({ type: 'process', topic: 'orders' }, undefined).end();
    unregister();
    register();
    telemetry().incoming({ type: 'process', topic: 'orders' }, undefined).end();
    expect(finishedSpans()).toHaveLength(1);
  });
});

describe('spans', () => {
  beforeEach(register);
  afterEach(unregister);

  it.each([
    ['publish', SpanKind.PRODUCER, 'send'],
    ['request', SpanKind.CLIENT, 'send'],
  ] as const)('of a %s follow the messaging conventions', (type, kind, operationType) => {
    telemetry().outgoing({ type, topic: 'orders.created', messageId: 'm1', size: 7 }, undefined).span.end();
    expect(spans().get(`${type} orders.created`)).toMatchObject({
      kind,
      attributes: {
        'messaging.system': 'pochta',
        'messaging.destination.name': 'orders.created',
        'messaging.operation.name': type,
        'messaging.operation.type': operationType,
        'messaging.message.id': 'm1',
        'messaging.message.body.size': 7,
      },
      status: { code: SpanStatusCode.UNSET },
    });
  });

  it.each([
    ['deliver', SpanKind.CONSUMER, 'receive'],
    ['process', SpanKind.CONSUMER, 'process'],
    ['respond', SpanKind.SERVER, 'process'],
  ] as const)('of a %s follow the messaging conventions', (type, kind, operationType) => {
    telemetry().incoming({ type, topic: 'orders', group: 'billing', batchSize: 3 }, []).end();
    expect(spans().get(`${type} orders`)).toMatchObject({
      kind,
      attributes: {
        'messaging.operation.name': type,
        'messaging.operation.type': operationType,
        'messaging.consumer.group.name': 'billing',
        'messaging.batch.message_count': 3,
      },
    });
  });

  it('continue the trace of the publisher in the handler, and on to what the handler publishes', async () => {
    const first = telemetry().outgoing({ type: 'publish', topic: 'orders' }, { a: '1' });
    first.span.end();
    expect(first.headers).toMatchObject({ a: '1', traceparent: expect.stringMatching(/^00-/) });

    const handling = telemetry().incoming({ type: 'process', topic: 'orders' }, first.headers);
    await handling.run(async () => {
      await Promise.resolve();
      telemetry().outgoing({ type: 'publish', topic: 'invoices' }, undefined).span.end();
    });
    handling.end();

    const [publish, onward, process] = ['publish orders', 'publish invoices', 'process orders'].map((name) =>
      spans().get(name)!,
    );
    expect(process.parentSpanContext?.spanId).toBe(publish.spanContext().spanId);
    expect(process.links).toMatchObject([{ context: { spanId: publish.spanContext().spanId } }]);
    expect(onward.parentSpanContext?.spanId).toBe(process.spanContext().spanId);
    expect(onward.spanContext().traceId).toBe(publish.spanContext().traceId);
  });

  it('link a batch to each of its messages, and begin a trace of their own', () => {
    telemetry().incoming({ type: 'process', topic: 'orders', batchSize: 3 }, [FOREIGN, undefined, {}]).end();
    const span = spans().get('process orders')!;
    expect(span.links).toMatchObject([{ context: { traceId: TRACE } }]);
    expect(span.parentSpanContext).toBeUndefined();
    expect(span.spanContext().traceId).not.toBe(TRACE);
  });

  it('have the run of a handler within the delivery of its message, both linked to the publisher', () => {
    const delivery = telemetry().incoming({ type: 'deliver', topic: 'orders' }, FOREIGN);
    telemetry().incoming({ type: 'process', topic: 'orders' }, FOREIGN, delivery).end();
    delivery.end();
    const [delivered, processed] = ['deliver orders', 'process orders'].map((name) => spans().get(name)!);
    expect(delivered).toMatchObject({
      links: [{ context: { traceId: TRACE } }],
      parentSpanContext: { traceId: TRACE },
    });
    expect(processed).toMatchObject({
      links: [{ context: { traceId: TRACE } }],
      parentSpanContext: { spanId: delivered.spanContext().spanId },
    });
  });

  it('do not become part of the trace in which the connection was opened', () => {
    const other = telemetry().outgoing({ type: 'request', topic: 'other' }, undefined).span;
    other.run(() => telemetry().incoming({ type: 'process', topic: 'orders' }, undefined).end());
    expect(spans().get('process orders')!.parentSpanContext).toBeUndefined();
  });

  it('keep a trace context that a publisher has given, and link to it', () => {
    const { span, headers } = telemetry().outgoing({ type: 'publish', topic: 'orders' }, FOREIGN);
    span.end();
    expect(headers).toBe(FOREIGN);
    expect(spans().get('publish orders')).toMatchObject({ links: [{ context: { traceId: TRACE } }] });
  });

  it('carry baggage along', () => {
    const baggage = propagation.createBaggage({ tenant: { value: 'acme' } });
    const headers = context.with(
      propagation.setBaggage(ROOT_CONTEXT, baggage),
      () => telemetry().outgoing({ type: 'publish', topic: 'orders' }, undefined).headers,
    );
    expect(headers).toMatchObject({ baggage: 'tenant=acme' });
    telemetry()
      .incoming({ type: 'process', topic: 'orders' }, headers)
      .run(() => expect(propagation.getActiveBaggage()?.getEntry('tenant')?.value).toBe('acme'));
  });

  const headersOf = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`h${i}`, '']));

  it('leave the trace out of a message whose headers have no room for it', () => {
    const full = headersOf(MAX_HEADERS);
    const { headers } = telemetry().outgoing({ type: 'publish', topic: 'orders' }, full);
    expect(headers).toBe(full);
  });

  it('use the last header that there is room for', () => {
    const { headers } = telemetry().outgoing(
      { type: 'publish', topic: 'orders' },
      headersOf(MAX_HEADERS - 1),
    );
    expect(Object.keys(headers!)).toHaveLength(MAX_HEADERS);
    expect(headers).toHaveProperty('traceparent');
  });

  it.each(['', '00', `ff-${TRACE}-b7ad6b7169203331-01`, `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, '\0'])(
    'begin a trace of their own for the bad trace context %j',
    (traceparent) => {
      telemetry().incoming({ type: 'process', topic: 'orders' }, { traceparent }).end();
      expect(spans().get('process orders')).toMatchObject({ links: [], parentSpanContext: undefined });
    },
  );

  it.each([
    [errorFor('TOPIC_FULL'), 'TOPIC_FULL'],
    [new TypeError('no'), 'TypeError'],
    [new PochtaRetry(10), 'PochtaRetry'],
    ['a string', '_OTHER'],
    [null, '_OTHER'],
  ])('tell that %s was the error', (error, type) => {
    const { span } = telemetry().outgoing({ type: 'publish', topic: 'orders' }, undefined);
    span.end(error);
    span.end();
    expect(finishedSpans()).toHaveLength(1);
    const ended = spans().get('publish orders')!;
    expect(ended.attributes['error.type']).toBe(type);
    expect(ended.status.code).toBe(SpanStatusCode.ERROR);
    expect(ended.events).toMatchObject([{ name: 'exception' }]);
  });

  it('tell the id of the trace that runs', () => {
    expect(activeTraceId()).toBeUndefined();
    const span = telemetry().incoming({ type: 'process', topic: 'orders' }, FOREIGN);
    expect(span.run(activeTraceId)).toBe(TRACE);
  });
});
