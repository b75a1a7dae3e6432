import 'reflect-metadata';
import { plainToInstance, Type } from 'class-transformer';
import {
  ArrayNotEmpty,
  IsDefined,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsOptional,
  IsString,
  Min,
  registerDecorator,
  validate,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import * as fc from 'fast-check';
import { ClassRules } from './class-rules';

class Line {
  @IsString() sku!: string;
  @IsInt() @Min(1) count!: number;
}

class Base {
  @IsDefined() @IsIn(['new', 'old']) kind!: string;
}

class Order extends Base {
  @IsString() @IsNotEmpty() item!: string;
  @IsOptional() @IsNumber() price?: number;
  @ValidateIf((order: Order) => order.item === 'box') @IsNumber() size?: number;
  @IsString({ each: true }) @ArrayNotEmpty() tags!: string[];
  @ValidateNested() @Type(() => Line) first!: Line;
  @ValidateNested({ each: true }) @Type(() => Line) lines!: Line[];
}

const LINE = { sku: 'a', count: 1 };
const ORDER = { kind: 'new', item: 'tea', price: 1.5, tags: ['x'], first: LINE, lines: [LINE, LINE] };

const saysValidate = async (instance: object): Promise<boolean> =>
  (await validate(instance, { forbidUnknownValues: false })).length === 0;

it('says of every payload what class-validator says', async () => {
  const odd = fc.constantFrom(undefined, null, 0, '', 'box', [], ['y', 1], {}, LINE, [LINE, null], [[LINE]]);
  const changes = fc.dictionary(fc.constantFrom(...Object.keys(ORDER), 'size', 'other'), odd, { maxKeys: 3 });
  await fc.assert(
    fc.asyncProperty(changes, async (changed) => {
      const order = plainToInstance(Order, { ...ORDER, ...changed });
      expect(ClassRules.of(Order).areMet(order)).toBe(await saysValidate(order));
    }),
    { numRuns: 500 },
  );
});

it('leaves to class-validator what it cannot tell at once', async () => {
  const later = (answer: () => unknown, async: boolean): PropertyDecorator => {
    return (target, key) =>
      registerDecorator({
        target: target.constructor,
        propertyName: key as string,
        async,
        validator: { validate: answer as () => boolean },
      });
  };
  class Announced {
    @later(() => Promise.resolve(true), true) name = 'x';
  }
  class Unannounced {
    @later(() => Promise.reject(new Error('the user database is down')), false) name = 'x';
  }
  class Truthy {
    @later(() => 'yes', false) name = 'x';
  }
  for (const type of [Announced, Unannounced, Truthy])
    expect(ClassRules.of(type).areMet(new type())).toBe(false);
  expect(await saysValidate(new Truthy())).toBe(true);
});
