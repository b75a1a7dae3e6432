import 'reflect-metadata';
import { plainToInstance, Type } from 'class-transformer';
import * as fc from 'fast-check';
import { decoratedClasses, objectTexts } from '../../fixtures/decorated-classes';
import { ClassShape, instanceOf } from './class-shape';

class Line {
  sku!: string;
}

class Order {
  item!: string;
  @Type(() => Line) first!: Line;
  @Type(() => Line) lines!: Line[];
}

it('makes of every object what class-transformer makes of it', () => {
  let made = 0;
  fc.assert(
    fc.property(decoratedClasses, objectTexts, (type, text) => {
      const expected = outcomeOf(() => plainToInstance(type, JSON.parse(text) as object));
      expect(outcomeOf(() => instanceOf(type, JSON.parse(text) as object))).toStrictEqual(expected);
      const mine = outcomeOf(() => ClassShape.of(type).instanceOf(JSON.parse(text) as object));
      if (mine === undefined) return;
      made++;
      expect(mine).toStrictEqual(expected);
    }),
    { numRuns: 2000 },
  );
  expect(made).toBeGreaterThan(500);
});

it('leaves an object as it was', () => {
  fc.assert(
    fc.property(decoratedClasses, objectTexts, (type, text) => {
      const plain = JSON.parse(text) as object;
      outcomeOf(() => ClassShape.of(type).instanceOf(plain));
      expect(JSON.stringify(plain)).toBe(JSON.stringify(JSON.parse(text)));
    }),
  );
});

it('makes instances of classes within, and copies of what has no class', () => {
  const more = { deep: [{ x: [1, null] }] };
  const plain = { item: 'tea', first: { sku: 'a' }, lines: [{ sku: 'b' }, null, [{ sku: 'c' }]], more };
  const order = ClassShape.of(Order).instanceOf(plain) as Order & { more: unknown };
  expect(order).toStrictEqual(plainToInstance(Order, plain));
  expect(order.lines[0]).toBeInstanceOf(Line);
  expect(order.more).not.toBe(more);
});

it.each([
  ['is no JSON', () => ({ item: new Date(0) })],
  ['is an instance already', () => ({ first: new Line() })],
  ['is a promise', () => ({ item: 'tea', then: () => undefined })],
  ['is not there', () => ({ item: undefined })],
  ['has no prototype', () => Object.assign(Object.create(null) as object, { item: 'tea' })],
])('leaves to class-transformer what %s', (_, plain) => {
  expect(ClassShape.of(Order).instanceOf(plain())).toBeUndefined();
});

function outcomeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return (error as Error).constructor;
  }
}
