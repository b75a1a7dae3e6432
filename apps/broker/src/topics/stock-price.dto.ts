import { IsNotEmpty, IsNumber, IsString } from 'class-validator';

/** A price as producers publish it. Fields beside these are kept. */
export class StockPrice {
  @IsString()
  @IsNotEmpty()
  symbol!: string;

  @IsNumber()
  price!: number;

  /** Since the last price. */
  @IsNumber()
  change!: number;

  /** Seconds since the epoch, with a fraction. */
  @IsNumber()
  timestamp!: number;
}
