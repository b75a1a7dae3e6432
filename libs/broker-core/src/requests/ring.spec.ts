import { Ring } from './ring';

describe('Ring', () => {
  const itemsOf = (ring: Ring<string>): unknown[] => {
    const items: unknown[] = [];
    ring.forEach(({ item }) => items.push(item));
    return items;
  };

  it('keeps the order in which items came, whichever leave, and how many they are', () => {
    const ring = new Ring<string>();
    const [a, , c] = ['a', 'b', 'c', 'd'].map((item) => ring.add(item));
    ring.leave(c);
    expect([itemsOf(ring), ring.size]).toEqual([['a', 'b', 'd'], 3]);
    ring.leave(a);
    ring.leave(a);
    ring.add('e');
    expect([itemsOf(ring), ring.size]).toEqual([['b', 'd', 'e'], 3]);
  });

  it('tells of no item that left before its turn, nor of one that came meanwhile', () => {
    const ring = new Ring<string>();
    const told: unknown[] = [];
    const places = ['a', 'b', 'c'].map((item) => ring.add(item));
    ring.forEach((place) => {
      told.push(place.item);
      ring.leave(places[1]);
      ring.add('new');
    });
    expect(told).toEqual(['a', 'c']);
  });
});
