import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsInt, IsString, MinLength, ValidateNested, validateSync } from 'class-validator';
import { complaintsOf, isDecorated } from './complaints';

class Line {
  @IsInt({ message: 'whole boxes only' }) boxes = 0.5;
  @IsString({ each: true }) tags = [7];
}

class Order {
  @MinLength(1) item = '';
  @ValidateNested() @Type(() => Line) lines = [new Line()];
}

describe('What class-validator finds wrong', () => {
  it('is told with the path of its field, whoever has written the text', () => {
    expect(complaintsOf(validateSync(new Order())).map(({ sentence }) => sentence)).toEqual([
      'item must be longer than or equal to 1 characters',
      'lines.0.boxes: whole boxes only',
      'lines.0.tags: each value in tags must be a string',
    ]);
  });

  it('is looked for in classes with decorators', () => {
    expect([Order, class {}].map(isDecorated)).toEqual([true, false]);
  });
});
