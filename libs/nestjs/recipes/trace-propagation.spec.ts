import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { trace } from '@opentelemetry/api';
import { eventually } from '@pochta/testing';
import { finishedSpans, registerTracing, unregisterTracing } from '../fixtures/documents/tracing';
import { startApp, startTestBroker } from '../fixtures/recipe-app';
import { stopServices } from '../fixtures/service';
import { InjectPochta, PochtaClientProxy, Subscribe } from '../src';

afterEach(async () => {
  await stopServices();
  unregisterTracing();
});

// #region
@Controller()
export class Billing {
  constructor(@InjectPochta() private readonly pochta: PochtaClientProxy) {}

  // A child of the publisher's span; what it asks and publishes are its children.
  @Subscribe('orders.created', { group: 'billing' })
  async bill(@Payload() id: number): Promise<void> {
    const price = await this.pochta.request<number>('prices.of', id);
    trace.getActiveSpan()?.setAttribute('price', price);
    await this.pochta.publish('invoices', { id, price });
  }

  @MessagePattern('prices.of')
  price(): number {
    return 7;
  }
}
// #endregion

test('Trace propagation', async () => {
  registerTracing();
  const broker = await startTestBroker();
  const { pochta } = await startApp(broker, { controllers: [Billing] });
  await pochta.publish('orders.created', 1);
  const names = () => finishedSpans().map(({ name }) => name);
  await eventually(() => names().includes('process orders.created'));
  expect(names()).toEqual(
    expect.arrayContaining(['request prices.of', 'respond prices.of', 'publish invoices']),
  );
  expect(new Set(finishedSpans().map((span) => span.spanContext().traceId)).size).toBe(1);
  const [{ headers }] = await broker.messages('invoices');
  expect(headers).toHaveProperty('traceparent');
  const processed = finishedSpans().find(({ name }) => name === 'process orders.created');
  expect(processed?.attributes).toMatchObject({ price: 7 });
});
