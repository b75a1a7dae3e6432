import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { eventually } from '@pochta/testing';
import { IsNumber } from 'class-validator';
import { startOwnBroker, stopOwnBrokers } from '../../fixtures/own-broker';
import { EventContext, RequestContext, TopicContext } from './topic-context';
import { Topic } from './topic.decorator';

const PNG = { message: 'AP8K', encoding: 'base64', contentType: 'image/png' } as const;

class Price {
  @IsNumber() price!: number;
}

afterEach(stopOwnBrokers);

describe('a payload that is not JSON, in a broker app', () => {
  it('goes through the handler of its topic as bytes, which may change or refuse it', async () => {
    const seen: unknown[] = [];
    @Controller()
    class Images {
      @Topic('kept') keep(@Payload() bytes: Uint8Array, @Ctx() { contentType }: TopicContext): void {
        seen.push(Buffer.from(bytes), contentType);
      }
      @Topic('cut') cut(@Payload() bytes: Buffer): Uint8Array {
        return bytes.subarray(0, 1);
      }
      @Topic('told') tell(@Payload() bytes: Uint8Array): object {
        return { bytes: bytes.length };
      }
      @Topic('prices') check(@Payload() _price: Price): void {}
    }
    const { peer } = await startOwnBroker([Images]);
    const pass = async (topic: string) => {
      const answer = await peer.ask({ action: 'publish', topic, ...PNG });
      if (answer['status'] === 'error') return answer;
      return peer.ask({ action: 'get', topic });
    };
    expect(await pass('kept')).toEqual({ status: 'success', ...PNG });
    expect(seen).toEqual([Buffer.of(0, 255, 10), 'image/png']);
    expect(await pass('cut')).toEqual({ status: 'success', ...PNG, message: 'AA==' });
    expect(await pass('told')).toEqual({ status: 'success', message: { bytes: 3 } });
    expect(await peer.ask({ action: 'publish', topic: 'kept', message: [0] })).toMatchObject({
      code: 'VALIDATION_FAILED',
      message: 'message must be bytes with a content type, not JSON',
    });
    expect(await pass('prices')).toMatchObject({
      code: 'VALIDATION_FAILED',
      message: 'message must be a JSON object',
    });
  });

  it('reaches handlers of events and requests with its content type', async () => {
    const seen: unknown[] = [];
    @Controller()
    class Images {
      @EventPattern<string>('images') onImage(@Payload() bytes: Uint8Array, @Ctx() ctx: EventContext): void {
        seen.push(Buffer.from(bytes), ctx.contentType);
      }
      @MessagePattern('echo') echo(
        @Payload() bytes: Uint8Array,
        @Ctx() ctx: RequestContext,
      ): Buffer | string {
        return ctx.contentType === undefined ? 'JSON' : Buffer.from(bytes);
      }
    }
    const { peer } = await startOwnBroker([Images]);
    await peer.ask({ action: 'publish', topic: 'images', ...PNG });
    await eventually(() => seen.length === 2);
    expect(seen).toEqual([Buffer.of(0, 255, 10), 'image/png']);
    expect(await peer.ask({ action: 'request', topic: 'echo', ...PNG, id: 1 })).toEqual({
      status: 'success',
      id: 1,
      ...PNG,
      contentType: 'application/octet-stream',
    });
    expect(await peer.ask({ action: 'request', topic: 'echo', message: 1, id: 2 })).toMatchObject({
      message: 'JSON',
    });
  });
});
