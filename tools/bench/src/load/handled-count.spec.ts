import { eventually } from '@pochta/testing';
import { HandledCount, HandledView } from './handled-count';

it('tells the client how many were handled, also before it came', async () => {
  const handled = await HandledCount.listen();
  handled.add();
  const view = await HandledView.open(handled.port);
  let changes = 0;
  view.onChange(() => changes++);
  for (let n = 0; n < 120; n++) handled.add();
  await eventually(() => view.count === 121);
  expect(changes).toBeGreaterThan(0);
  view.close();
  handled.close();
});
