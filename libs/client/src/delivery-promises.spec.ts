import { CODECS, Fixture, type Heard, type Peer } from '../testing';

describe.each(CODECS)('over %s:', (codec) => {
  const fixture = new Fixture(codec);
  beforeEach(() => fixture.setUp());
  afterEach(() => fixture.tearDown());

  /** Repeatable chance: a failure names its seed. */
  function chance(seed: number): () => number {
    let state = seed;
    return () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
  }

  /**
   * A topic with deduplication on a line that is cut at any moment: before a publish is read, between storing and
   * confirming it, or in the middle of a confirm or a push.
   */
  class UnsteadyTopic {
    readonly log: unknown[] = [];
    readonly #ids = new Set<unknown>();
    readonly #subscribers = new Map<Peer, { name: unknown; next: number }>();

    constructor(private readonly random: () => number) {}

    readonly script = (peer: Peer, frame: Heard): boolean => {
      if (frame.action === 'subscribe') {
        const from = frame['from'] as { sequence: number } | undefined;
        peer.succeed(frame, 'Subscribed', { subscription: frame['subscription'], epoch: 'e1' });
        this.#subscribers.set(peer, { name: frame['subscription'], next: from?.sequence ?? 1 });
        this.#push();
        return true;
      }
      if (frame.action !== 'publish') return false;
      if (this.#fails()) return (peer.hangUp(), true);
      if (!this.#ids.has(frame['messageId'])) this.log.push(frame['message']);
      this.#ids.add(frame['messageId']);
      if (this.#fails()) return (peer.cut(), true);
      if (this.#fails()) return (peer.raw('{"status":"success","mess'), peer.hangUp(), true);
      peer.succeed(frame, 'Published');
      this.#push();
      return true;
    };

    #fails(): boolean {
      return this.random() < 0.01;
    }

    #push(): void {
      for (const [peer, subscriber] of this.#subscribers) {
        for (; subscriber.next <= this.log.length && !peer.socket.destroyed; subscriber.next++) {
          if (this.#fails()) return (peer.raw('{"type":"push","topic":'), peer.hangUp());
          peer.push(subscriber.name, 't', subscriber.next, this.log[subscriber.next - 1]);
        }
      }
    }
  }

  it.each([1, 2, 3, 4, 5])(
    'no confirm and no message is lost or doubled on an unsteady line (seed %i)',
    async (seed) => {
      const { broker } = fixture;
      const random = chance(seed);
      const topic = new UnsteadyTopic(random);
      broker.script = topic.script;
      const producer = await fixture.connect();
      const consumer = await fixture.connect();
      const subscription = await consumer.subscribe<number>('t', { bufferSize: 50 });
      let next = 0;
      const publishes: Promise<void>[] = [];
      while (next < 500) {
        for (let left = Math.ceil(random() * 40); left > 0 && next < 500; left--)
          publishes.push(producer.publish('t', next++));
        await Promise.race(publishes.slice(-1));
      }
      const seen: number[] = [];
      for await (const message of subscription) {
        seen.push(message.value);
        if (seen.length === 500) break;
      }
      await Promise.all(publishes);
      const expected = Array.from({ length: 500 }, (_, n) => n);
      expect(topic.log).toEqual(expected);
      expect(seen).toEqual(expected);
      expect(broker.peers.length).toBeGreaterThan(4);
    },
  );
});
