import { Controller, Injectable } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { eventually } from '@pochta/testing';
import type { Duplex } from 'node:stream';
import { firstValueFrom } from 'rxjs';
import { startApp, startTestBroker } from '../fixtures/recipe-app';
import { stopServices } from '../fixtures/service';
import { InjectPochta, PochtaClientProxy, PochtaError, PochtaRecordBuilder } from '../src';

afterEach(stopServices);

let asked = 0;

@Controller()
class Prices {
  @MessagePattern('prices.of')
  of(): Promise<number> {
    asked++;
    return new Promise(() => undefined);
  }
}

// #region
const UNANSWERED = [
  'NO_RESPONDERS', // nobody has that handler: told at once
  'REQUEST_TIMEOUT', // no answer in time
  'SHUTTING_DOWN', // the broker was stopped meanwhile
  'OUTCOME_UNKNOWN', // the connection was lost while somebody was at it
];

@Injectable()
export class Checkout {
  constructor(@InjectPochta() private readonly pochta: PochtaClientProxy) {}

  /** `undefined` when the price is not known now. */
  async priceOf(item: string, timeout = 2000): Promise<number | undefined> {
    const request = new PochtaRecordBuilder(item).setTimeout(timeout).build();
    try {
      return await firstValueFrom(this.pochta.send<number>('prices.of', request));
    } catch (error) {
      if (error instanceof PochtaError && UNANSWERED.includes(error.code)) return undefined;
      throw error;
    }
  }
}
// #endregion

test('send() does not hang after a disconnect, or without a handler', async () => {
  const broker = await startTestBroker();
  const sockets: Duplex[] = [];
  const socket = () => {
    const made = broker.connection.socket();
    sockets.push(made);
    return made;
  };
  const { app } = await startApp(broker, { providers: [Checkout] }, {}, { socket });
  const checkout = app.get(Checkout);
  expect(await checkout.priceOf('tea', 600_000)).toBeUndefined();
  await startApp(broker, { controllers: [Prices] }, { drainTimeout: 0 });
  expect(await checkout.priceOf('tea', 20)).toBeUndefined();
  expect(asked).toBe(1);
  const interrupted = checkout.priceOf('tea', 600_000);
  await eventually(() => asked === 2);
  sockets[0].destroy();
  expect(await interrupted).toBeUndefined();
  const abandoned = checkout.priceOf('tea', 600_000);
  await eventually(() => asked === 3);
  await broker.restart();
  expect(await abandoned).toBeUndefined();
});
