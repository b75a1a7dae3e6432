import { Parser } from '@asyncapi/parser';
import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { IsInt } from 'class-validator';
import { previewAsyncApiDocument, Subscribe } from '../src';

class Order {
  @IsInt() id!: number;
}

@Controller()
class Billing {
  @Subscribe('orders.created', { group: 'billing' })
  bill(@Payload() _order: Order): void {}
}

@Module({ controllers: [Billing] })
class AppModule {}

test('AsyncAPI', async () => {
  // #region
  const document = await previewAsyncApiDocument(AppModule, { title: 'Shop', version: '1.0.0' });
  // #endregion
  const { diagnostics } = await new Parser().parse(JSON.stringify(document));
  expect(diagnostics.filter(({ severity }) => severity <= 1)).toEqual([]);
  expect(Object.values(document.channels).map(({ address }) => address)).toEqual(['orders.created']);
});
