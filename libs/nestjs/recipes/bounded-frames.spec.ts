import { Controller, Injectable } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { FakePeer } from '@pochta/testing';
import { startApp, startTestBroker } from '../fixtures/recipe-app';
import { stopServices } from '../fixtures/service';
import { InjectPochta, PochtaClientProxy, PochtaError, Subscribe } from '../src';

afterEach(stopServices);

// #region
@Injectable()
export class Pages {
  constructor(@InjectPochta() private readonly pochta: PochtaClientProxy) {}

  /** Whether it was stored. */
  async keep(page: string): Promise<boolean> {
    try {
      await this.pochta.publish('pages', page);
      return true;
    } catch (error) {
      if (error instanceof PochtaError && error.code === 'FRAME_TOO_LARGE') return false;
      throw error;
    }
  }
}
// #endregion

@Controller()
class Archive {
  readonly sizes: number[] = [];
  @Subscribe('pages', { group: 'archive' })
  store(@Payload() page: string): void {
    this.sizes.push(page.length);
  }
}

test('Bounded frames', async () => {
  const broker = await startTestBroker();
  const { app } = await startApp(broker, { providers: [Pages], controllers: [Archive] });
  const pages = app.get(Pages);
  expect(await pages.keep('x'.repeat(2 ** 20))).toBe(false);
  // A peer without Pochta's client is answered, and cut off; nobody else notices.
  const peer = FakePeer.over(broker.connection.socket());
  peer.sendBytes(`{"action":"publish","topic":"pages","message":"${'x'.repeat(2 ** 20)}`);
  expect(await peer.next()).toMatchObject({ code: 'FRAME_TOO_LARGE' });
  await peer.closed;
  expect(await pages.keep('x'.repeat(1000))).toBe(true);
  await broker.delivered('pages', { group: 'archive' });
  expect(app.get(Archive).sizes).toEqual([1000]);
});
