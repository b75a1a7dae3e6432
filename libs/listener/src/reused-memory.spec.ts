import { Administration } from '@pochta/broker-core';
import {
  BinaryBrokerFrameDecoder,
  BinaryClientFrameEncoder,
  clientPreface,
  JsonLinesBrokerFrameDecoder,
  JsonLinesClientFrameEncoder,
  MessageBatchBuilder,
  PayloadMemory,
  type BrokerFrame,
  type BrokerFrameSink,
  type ClientFrame,
  type PochtaError,
  type Push,
} from '@pochta/protocol';
import { cleanUp, eventually, FakePeer, startBroker, type StartedBroker } from '@pochta/testing';
import type { Socket } from 'node:net';

/** Messages of each publisher. */
const MESSAGES = 6000;
/** Most of them that are not confirmed. */
const WINDOW = 800;

const CODECS = {
  binary: {
    encoder: new BinaryClientFrameEncoder(),
    newDecoder: () => new BinaryBrokerFrameDecoder(),
    preface: clientPreface(),
  },
  'JSON lines': {
    encoder: new JsonLinesClientFrameEncoder(),
    newDecoder: () => new JsonLinesBrokerFrameDecoder(),
    preface: Buffer.alloc(0),
  },
} as const;
/** The answer to a `get` of a topic that holds nothing. */
const NOTHING_THERE = Buffer.from('"No messages"');
type CodecName = keyof typeof CODECS;
const NAMES = Object.keys(CODECS) as CodecName[];

/** Random, and the same in every run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A payload that says whose it is, and what must be in it. */
function payload(topic: string, publisher: string, n: number, size: number): Buffer {
  const head = `${topic}/${publisher}/${n}/${size}/`;
  return Buffer.from(`"${head.repeat(Math.ceil(size / head.length)).slice(0, Math.max(size, head.length))}"`);
}

/** Speaks one codec, reads at its own pace, and looks at every payload. */
class Peer implements BrokerFrameSink {
  readonly seen: string[] = [];
  readonly wrong: string[] = [];
  readonly answers: BrokerFrame[] = [];
  confirmed = 0;
  gaps = 0;
  onPushed: (push: Push) => void = () => undefined;
  readonly #codec: (typeof CODECS)[CodecName];

  private constructor(
    readonly socket: Socket,
    codec: CodecName,
  ) {
    this.#codec = CODECS[codec];
    const decoder = this.#codec.newDecoder();
    socket.removeAllListeners('data');
    socket.on('data', (chunk: Buffer) => decoder.decode(chunk, this));
    socket.write(this.#codec.preface);
  }

  static async connect(broker: StartedBroker, codec: CodecName): Promise<Peer> {
    return new Peer((await FakePeer.connect(broker)).socket, codec);
  }

  say(frame: ClientFrame): void {
    this.socket.write(this.#codec.encoder.frame(frame));
  }

  publish(topic: string, payloads: readonly Buffer[]): void {
    const builder = new MessageBatchBuilder();
    for (const bytes of payloads) builder.add(bytes, 0, bytes.length);
    this.socket.write(this.#codec.encoder.publishes(topic, builder.build()));
  }

  check(bytes: Uint8Array, where: string): void {
    const text = Buffer.from(bytes).toString();
    const [topic, publisher, n, size] = text.slice(1, 60).split('/');
    if (Buffer.from(bytes).equals(payload(topic, publisher, Number(n), Number(size))))
      this.seen.push(`${topic}/${publisher}/${n}`);
    else this.wrong.push(`${where}: ${text.slice(0, 80)}`);
  }

  onConfirms(count: number): void {
    this.confirmed += count;
  }

  onPush(push: Push): void {
    this.check(push.bytes, push.topic);
    this.onPushed(push);
  }

  onFrame(frame: BrokerFrame): void {
    if (frame.type === 'gap') this.gaps++;
    else if (frame.type === 'success' && typeof frame.message !== 'string') {
      const { bytes } = frame.message;
      if (frame.id === 'get' && !Buffer.from(bytes).equals(NOTHING_THERE)) this.check(bytes, 'get');
      this.answers.push(frame);
    } else this.answers.push(frame);
  }

  onFatal(error: PochtaError): void {
    this.wrong.push(error.message);
  }
}

/** Stops reading now and then, for as long as it takes until more was published. */
function pauseNowAndThen(peer: Peer, random: (below: number) => number, published: () => number): void {
  let until = 0;
  peer.onPushed = () => {
    if (random(300) !== 0 || until > published()) return;
    until = Math.min(published() + random(1500), NAMES.length * MESSAGES);
    peer.socket.pause();
    void eventually(() => published() >= until).then(() => peer.socket.resume());
  };
}

describe('memory of payloads that is used again', () => {
  afterEach(cleanUp);

  it.each([
    ['at once', 1 << 18],
    ['never', 0],
  ])(
    'shows nobody anything but what was published: %s',
    async (_when, maxFree) => {
      const memory = new PayloadMemory({ poison: true, maxFree });
      const broker = await startBroker({
        payloadMemory: memory,
        topics: {
          all: { maxMessages: 100_000, maxBytes: 1 << 30 },
          few: { maxMessages: 150, overflow: 'drop-oldest' },
          tiny: { maxBytes: 40_000, overflow: 'drop-oldest' },
          lost: { maxMessages: 100, overflow: 'dead-letter', deadLetterTopic: 'found' },
          found: { maxMessages: 100_000, maxBytes: 1 << 30 },
          jobs: { maxMessages: 100_000, retention: 'work-queue' },
          taken: { maxMessages: 500, overflow: 'drop-oldest' },
          purged: { maxMessages: 100_000 },
        },
      });
      const topics = ['all', 'few', 'tiny', 'lost', 'jobs', 'taken', 'purged'];
      const administration = new Administration(broker.server.broker);
      const peers: Peer[] = [];
      const join = async (codec: CodecName): Promise<Peer> => {
        const peer = await Peer.connect(broker, codec);
        peers.push(peer);
        return peer;
      };
      const publishers = await Promise.all(NAMES.map(join));
      const published = (): number => publishers.reduce((sum, { confirmed }) => sum + confirmed, 0);

      const readers: Peer[] = [];
      const slow: Peer[] = [];
      for (const codec of NAMES) {
        for (const meta of [false, true]) {
          const [fast, held] = [await join(codec), await join(codec)];
          pauseNowAndThen(held, randomFrom(meta ? 3 : 4), published);
          for (const peer of [fast, held])
            for (const topic of [...topics, 'found'])
              peer.say({
                action: 'subscribe',
                topic,
                meta,
                id: topic,
                from: 'earliest',
                subscription: topic,
              });
          readers.push(fast);
          slow.push(held);
        }
      }
      const members = await Promise.all(NAMES.map(join));
      for (const member of members) {
        member.say({ action: 'subscribe', topic: 'jobs', group: 'g', prefetch: 200 });
        member.onPushed = ({ topic, sequence }) =>
          member.say({ action: 'ack', topic, group: 'g', sequences: [sequence!] });
      }
      const takers = await Promise.all(NAMES.map(join));
      await eventually(() =>
        [...readers, ...slow].every(({ answers }) => answers.length >= topics.length + 1),
      );
      await eventually(() => members.every(({ answers }) => answers.length === 1));

      const counts = new Map<string, number>();
      await Promise.all(
        publishers.map(async (publisher, index) => {
          const random = randomFrom(index + 1);
          for (let n = 0; n < MESSAGES;) {
            const topic = random(3) > 0 ? topics[random(3)] : topics[random(topics.length)];
            const burst = Math.min(1 + random(random(2) === 0 ? 3 : 60), MESSAGES - n);
            const largest = [60, 400, 2000, 30_000][random(4)];
            const payloads = Array.from({ length: burst }, () =>
              payload(topic, NAMES[index], n++, 30 + random(burst > 20 ? Math.min(largest, 2000) : largest)),
            );
            counts.set(topic, (counts.get(topic) ?? 0) + burst);
            publisher.publish(topic, payloads);
            if (random(10) === 0) takers[index].say({ action: 'get', topic: 'taken', id: 'get' });
            if (random(40) === 0) void administration.topics.purge('purged');
            await eventually(() => n - publisher.confirmed < WINDOW || publisher.answers.length > 0);
          }
        }),
      );
      await eventually(() => published() === NAMES.length * MESSAGES, 'all is confirmed');
      const of = (peer: Peer, topic: string): string[] =>
        peer.seen.filter((id) => id.startsWith(`${topic}/`));
      for (const peer of [...readers, ...slow])
        await eventually(() => of(peer, 'all').length === counts.get('all'), 'all is pushed', 60_000);
      const acked = (): number => members.reduce((sum, { seen }) => sum + seen.length, 0);
      await eventually(() => acked() >= counts.get('jobs')!, 'the group has all', 60_000);

      expect(peers.flatMap(({ wrong }) => wrong)).toEqual([]);
      expect(publishers.flatMap(({ answers }) => answers)).toEqual([]);
      for (const peer of [...readers, ...slow]) {
        const own = NAMES.map((name) => of(peer, 'all').filter((id) => id.includes(name)));
        for (const ids of own)
          expect(ids).toEqual([...new Set(ids)].sort((a, b) => numberOf(a) - numberOf(b)));
      }
      if (maxFree > 0) expect(memory.reused).toBeGreaterThan(100);
      else expect(memory.free).toBe(0);
    },
    120_000,
  );
});

function numberOf(id: string): number {
  return Number(id.slice(id.lastIndexOf('/') + 1));
}
