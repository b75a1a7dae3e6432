import { IsNotEmpty, IsNumber, IsString } from 'class-validator';

/** As the shipped broker's `stock_prices` has it. */
export class CheckedPrice {
  @IsString()
  @IsNotEmpty()
  symbol!: string;

  @IsNumber()
  price!: number;

  @IsNumber()
  change!: number;

  @IsNumber()
  timestamp!: number;
}
