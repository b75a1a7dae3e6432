import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { Topic } from '@pochta/nestjs/broker';
import { StockPrice } from './stock-price.dto';

@Controller()
export class StockPrices {
  /** Refuses what is not a price; what is one is stored as it came. */
  @Topic('stock_prices', { maxMessages: 1000, overflow: 'drop-oldest' })
  onPublish(@Payload() _price: StockPrice): void {}
}
