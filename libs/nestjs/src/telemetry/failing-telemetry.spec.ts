import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { context, propagation, type Span, trace, type TracerProvider } from '@opentelemetry/api';
import { eventually, startBroker } from '@pochta/testing';
import { closeLater, startService, stopServices } from '../../fixtures/service';
import { PochtaClientProxy } from '../client/pochta-client-proxy';
import { Subscribe } from '../transport/subscribe.decorator';

const broken = (): never => {
  throw new Error('telemetry is broken');
};

/** Spans of which every use throws. */
const BROKEN_SPAN = new Proxy({}, { get: () => broken }) as Span;

const PLUGGED_IN: Record<string, () => void> = {
  tracer: () => trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: broken }) } as never),
  span: () => trace.setGlobalTracerProvider(providerOf(BROKEN_SPAN)),
  propagator: () => {
    trace.setGlobalTracerProvider(
      providerOf(trace.wrapSpanContext({ traceId: '', spanId: '', traceFlags: 0 })),
    );
    propagation.setGlobalPropagator({ inject: broken, extract: broken, fields: () => [] });
  },
  'context manager': () => {
    trace.setGlobalTracerProvider(
      providerOf(trace.wrapSpanContext({ traceId: '', spanId: '', traceFlags: 0 })),
    );
    context.setGlobalContextManager({
      active: broken,
      with: broken,
      bind: broken,
      disable: () => undefined,
    } as never);
  },
};

function providerOf(span: Span): TracerProvider {
  return { getTracer: () => ({ startSpan: () => span }) } as never;
}

afterEach(async () => {
  await stopServices();
  trace.disable();
  propagation.disable();
  context.disable();
});

it.each(Object.keys(PLUGGED_IN))('a %s that throws costs the trace, and no message', async (which) => {
  PLUGGED_IN[which]();
  const broker = await startBroker();
  const GROUP = { group: 'g', backoff: { min: 1, max: 2 } };
  const failed = new Set<string>();
  const once = (name: string): void => {
    if (failed.has(name)) return;
    failed.add(name);
    throw new Error('at first');
  };
  @Controller()
  class Handlers {
    @Subscribe('events', GROUP) onEvent(): void {
      once('event');
    }
    @Subscribe('batched', { ...GROUP, batch: { size: 1 } }) onBatch(): void {
      once('batch');
    }
    @MessagePattern('asked') answer(): number {
      return 7;
    }
  }
  const { strategy } = await startService(broker, [Handlers]);
  const client = new PochtaClientProxy({ host: '127.0.0.1', port: broker.port });
  closeLater(() => client.close());
  await client.publish('events', 1);
  await client.publish('batched', 1);
  expect(await client.request('asked', 1)).toBe(7);
  await eventually(() => strategy.counts.every(({ handled }) => handled === 1));
  expect(strategy.counts.map(({ retried }) => retried)).toEqual([1, 1, 0]);
});
