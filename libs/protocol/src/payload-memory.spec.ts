import { MessageBatch } from './message-batch';
import { PayloadMemory, type Lease } from './payload-memory';

const SIZE = 10_000;

/** An owned lease, and the batch whose payloads lie in it. */
function filled(memory: PayloadMemory): { lease: Lease; batch: MessageBatch } {
  const batch = MessageBatch.of(Buffer.alloc(SIZE, 'x')).copied(memory);
  const lease = batch.lease!;
  expect(lease.own()).toBe(true);
  return { lease, batch };
}

describe('payload memory', () => {
  let memory: PayloadMemory;
  beforeEach(() => (memory = new PayloadMemory({ poison: true })));

  it('is used again once its owner and all who hold it have released it', () => {
    const { lease, batch } = filled(memory);
    lease.hold();
    lease.release();
    expect(memory.free).toBe(0);
    expect(Buffer.from(batch.lentBytes).toString()).toBe('x'.repeat(SIZE));
    lease.release();
    expect(memory.free).toBe(lease.bytes.length);
    expect(memory.lease(SIZE)!.bytes).toBe(lease.bytes);
    expect(memory.free).toBe(0);
  });

  it('is not used again without an owner', () => {
    const lease = memory.lease(SIZE)!;
    lease.hold();
    lease.release();
    expect(memory.free).toBe(0);
    lease.check();
  });

  it('is never used again, nor overwritten, once somebody has looked at the payloads without a hold', () => {
    const { lease, batch } = filled(memory);
    const seen = batch.payload(0);
    lease.release();
    expect(memory.free).toBe(0);
    expect(Buffer.from(seen).toString()).toBe('x'.repeat(SIZE));
    expect(batch.bytes).toBe(batch.lentBytes);
  });

  it('cannot be looked at, held or released once it has been given back', () => {
    const { lease, batch } = filled(memory);
    lease.release();
    expect(() => batch.bytes).toThrow('gone');
    expect(() => batch.lentBytes).toThrow('gone');
    expect(() => batch.slice(0, 1).payload(0)).toThrow('gone');
    expect(() => lease.hold()).toThrow('gone');
    expect(() => lease.release()).toThrow('more often');
    expect(memory.free).toBe(lease.bytes.length);
  });

  it('has one owner', () => {
    const { lease } = filled(memory);
    expect(lease.own()).toBe(false);
  });

  it('shares the lease with the same batch without its ids, and keeps it for a part of the batch', () => {
    const batch = new MessageBatch(
      2,
      Buffer.alloc(SIZE),
      Uint32Array.of(5000, SIZE),
      undefined,
      ['a', 'b'],
      undefined,
      memory.lease(SIZE),
    );
    expect(batch.withoutIds().lease).toBe(batch.lease);
    batch.lease!.own();
    const part = batch.slice(1);
    expect(part.lease).toBeUndefined();
    batch.lease!.release();
    expect(memory.free).toBe(0);
  });

  it('overwrites what was given back, where that is asked for', () => {
    const { lease } = filled(memory);
    lease.release();
    expect(lease.bytes.every((byte) => byte === 0xdb)).toBe(true);
  });

  it('lets no more wait than its limit', () => {
    const small = new PayloadMemory({ maxFree: 2 * 12_288 });
    const leases = [filled(small), filled(small), filled(small)].map(({ lease }) => lease);
    for (const lease of leases) lease.release();
    expect(small.free).toBe(2 * 12_288);
    const none = new PayloadMemory({ maxFree: 12_287 });
    filled(none).lease.release();
    expect(none.free).toBe(0);
  });

  it('is not for what is small, and what is large is not used again', () => {
    expect(memory.lease(4095)).toBeUndefined();
    expect(memory.lease(4096)!.bytes.length).toBe(4096);
    const [largest, larger] = [memory.lease(128 * 1024)!, memory.lease(128 * 1024 + 1)!];
    for (const lease of [largest, larger]) {
      lease.own();
      lease.release();
    }
    expect(memory.free).toBe(128 * 1024);
  });

  it('takes back at once what nobody has seen', () => {
    memory.lease(SIZE)!.discard();
    expect(memory.free).toBe(12_288);
  });
});
