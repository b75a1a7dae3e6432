import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { eventually } from '@pochta/testing';
import { startApp, startTestBroker } from '../fixtures/recipe-app';
import { stopServices } from '../fixtures/service';
import { Subscribe } from '../src';

afterEach(stopServices);

// #region
@Controller()
export class Prices {
  readonly latest = new Map<string, number>();
  readonly archived: string[] = [];

  // Every replica keeps its own copy.
  @Subscribe('prices', { broadcast: true })
  keep(@Payload() { symbol, price }: { symbol: string; price: number }): void {
    this.latest.set(symbol, price);
  }

  // One replica archives it.
  @Subscribe('prices', { group: 'archive' })
  archive(@Payload('symbol') symbol: string): void {
    this.archived.push(symbol);
  }
}
// #endregion

test('Every replica receives the event, or just one of them', async () => {
  const broker = await startTestBroker();
  const replicas = await Promise.all([1, 2].map(() => startApp(broker, { controllers: [Prices] })));
  const [first, second] = replicas.map(({ app }) => app.get(Prices));
  await broker.publish('prices', { symbol: 'TEA', price: 7 });
  await broker.delivered('prices', { group: 'archive' });
  await eventually(() => [first, second].every(({ latest }) => latest.get('TEA') === 7));
  expect([...first.archived, ...second.archived]).toEqual(['TEA']);
});
