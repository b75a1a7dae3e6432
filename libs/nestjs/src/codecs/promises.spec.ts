import { runInNewContext } from 'node:vm';
import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { eventually, startBroker } from '@pochta/testing';
import { closeLater, startService, stopServices } from '../../fixtures/service';
import { PochtaClientProxy } from '../client/pochta-client-proxy';
import { Subscribe } from '../transport/subscribe.decorator';
import { jsonCodec } from './json-codec';

const Foreign = runInNewContext('Promise') as PromiseConstructor;

/** Has nothing of a promise but `then`. */
function thenable<T>(value: T): Promise<T> {
  const then: PromiseLike<T>['then'] = (onFulfilled, onRejected) =>
    Promise.resolve(value).then(onFulfilled, onRejected);
  return { then } as Promise<T>;
}

afterEach(stopServices);

describe.each([
  ['of another realm', <T>(value: T) => Foreign.resolve(value)],
  ['of a library', thenable],
])('a codec may give promises %s', (_, later) => {
  const slow = {
    contentType: 'application/x-slow',
    encode: (value: unknown) => later(jsonCodec.encode(value, '') as Uint8Array),
    decode: (bytes: Uint8Array) => later(jsonCodec.decode(bytes, '')),
  };

  it('for events, batches, requests and replies', async () => {
    const handled: unknown[] = [];
    @Controller()
    class Numbers {
      @EventPattern<string>('one') one(@Payload() value: unknown): void {
        handled.push(value);
      }
      @Subscribe('many', { batch: { size: 2 } }) many(@Payload() values: unknown[]): void {
        handled.push(...values);
      }
      @MessagePattern('double') double(@Payload() value: number): number {
        return 2 * value;
      }
    }
    const { port } = await startBroker();
    const codecs = { '*': slow };
    await startService({ port }, [Numbers], { group: 'numbers', codecs });
    const client = new PochtaClientProxy({ port, codecs });
    closeLater(() => client.close());
    await client.publish('one', 1);
    await client.publishMany('many', [2, 3]);
    await eventually(() => handled.length === 3);
    expect(handled.sort()).toEqual([1, 2, 3]);
    expect(await client.request('double', 4)).toBe(8);
  });
});
