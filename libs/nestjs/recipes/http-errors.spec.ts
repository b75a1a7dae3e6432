import {
  type ArgumentsHost,
  BadRequestException,
  Body,
  Catch,
  Controller,
  Post,
  ServiceUnavailableException,
  UseFilters,
} from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { IsInt, IsNumber, Min } from 'class-validator';
import { startApp, startTestBroker } from '../fixtures/recipe-app';
import { stopServices } from '../fixtures/service';
import { defineTopic, InjectTopic, PochtaError, PochtaModule, TopicPublisher } from '../src';

afterEach(stopServices);

class Order {
  @IsInt() id!: number;
  @IsNumber() @Min(1) total!: number;
}
const orders = defineTopic('orders.created', Order);

// #region
@Catch(PochtaError)
export class PochtaErrorFilter extends BaseExceptionFilter {
  override catch(error: PochtaError, host: ArgumentsHost): void {
    const { code, message, retriable } = error;
    if (code === 'VALIDATION_FAILED') super.catch(new BadRequestException(message), host);
    else if (retriable) super.catch(new ServiceUnavailableException(message), host);
    else super.catch(error, host); // a status 500, and a line in the log
  }
}

@Controller('orders')
@UseFilters(PochtaErrorFilter)
export class Orders {
  constructor(@InjectTopic(orders) private readonly orders: TopicPublisher<Order>) {}

  @Post()
  create(@Body() order: Order): Promise<void> {
    return this.orders.publish(order);
  }
}
// #endregion

test('A refused publish is HTTP 400, not 500', async () => {
  const broker = await startTestBroker({ topics: { 'orders.created': { maxMessages: 1 } } });
  const { app } = await startApp(broker, {
    imports: [PochtaModule.forFeature([orders])],
    controllers: [Orders],
  });
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}/orders`;
  const post = async (order: unknown) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(order) });
    return [response.status, await response.text()];
  };
  expect(await post({ id: 1, total: 0 })).toEqual([400, expect.stringContaining('total must not be less')]);
  expect(await post({ id: 1, total: 5 })).toEqual([201, '']);
  // The topic has room for one.
  expect(await post({ id: 2, total: 5 })).toEqual([503, expect.stringContaining('Queue full')]);
});
