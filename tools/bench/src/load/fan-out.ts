import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { WireForm } from '../contenders/contender';
import { PublishLoop } from './publish-loop';

export interface FanOutPlan {
  readonly kind: 'fan-out';
  readonly port: number;
  readonly form: WireForm;
  readonly subscribers: number;
  /** Most messages that are under way: not confirmed yet (where the program confirms), or not delivered to everyone. */
  readonly window: number;
  /** Messages of one write. */
  readonly burst: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface FanOutResult {
  /** All messages of the run; each of them reached every subscriber. */
  readonly published: number;
  /** Messages a second that reached every subscriber, times the subscribers. */
  readonly deliveriesPerSecond: number;
  readonly publishedPerSecond: number;
}

/** A peer whose received messages all have one length, so that counting bytes counts messages. */
class CountingPeer {
  bytes = 0;
  #onBytes: () => void = () => undefined;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk) => {
      this.bytes += chunk.length;
      this.#onBytes();
    });
  }

  /** Connects, says `greeting`, and waits for a first line that begins with `expected`. */
  static async open(port: number, greeting: string, expected: string): Promise<CountingPeer> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    socket.write(greeting);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    const text = answer.toString();
    if (!text.startsWith(expected) || !text.endsWith('\n'))
      throw new Error(`expected ${expected}, got ${text}`);
    return new CountingPeer(socket);
  }

  onBytes(listener: () => void): void {
    this.#onBytes = listener;
  }
}

/** Publishes as fast as the window allows, for the plan's time, and counts what arrives. */
export async function fanOut(plan: FanOutPlan): Promise<FanOutResult> {
  const { form, port } = plan;
  const subscribers: CountingPeer[] = [];
  for (let i = 0; i < plan.subscribers; i++) {
    subscribers.push(await CountingPeer.open(port, form.subscribe, form.subscribed));
  }
  const publisher = await CountingPeer.open(port, form.hello, form.welcome);
  const deliveryBytes = Buffer.byteLength(form.delivery);
  const delivered = () => subscribers.reduce((sum, peer) => sum + peer.bytes, 0) / deliveryBytes;
  const deliveredToAll = () => Math.min(...subscribers.map((peer) => peer.bytes)) / deliveryBytes;
  const settled = form.confirm
    ? () => Math.min(deliveredToAll(), publisher.bytes / Buffer.byteLength(form.confirm))
    : deliveredToAll;
  const loop = new PublishLoop(
    publisher.socket,
    { frames: [form.publish], burst: plan.burst, window: plan.window },
    settled,
  );
  for (const peer of [publisher, ...subscribers]) peer.onBytes(loop.publish);
  loop.publish();
  await wait(plan.warmUpMs);
  const before = { delivered: delivered(), published: loop.count, at: performance.now() };
  await wait(plan.measureMs);
  const seconds = (performance.now() - before.at) / 1000;
  const rates = {
    deliveriesPerSecond: (delivered() - before.delivered) / seconds,
    publishedPerSecond: (loop.count - before.published) / seconds,
  };
  loop.stop();
  await allArrived(subscribers, loop.count * deliveryBytes);
  for (const peer of [publisher, ...subscribers]) peer.socket.destroy();
  return { published: loop.count, ...rates };
}

/** Every message published reaches every subscriber: a run that loses or repeats one is no result. */
async function allArrived(subscribers: readonly CountingPeer[], expected: number): Promise<void> {
  const arrived = subscribers.map(
    (peer) =>
      new Promise<void>((resolve, reject) => {
        const check = () => {
          if (peer.bytes === expected) resolve();
          if (peer.bytes > expected)
            reject(new Error(`${peer.bytes - expected} bytes too many were delivered`));
        };
        peer.onBytes(check);
        peer.socket.once('close', () => reject(new Error('the subscriber was disconnected')));
        check();
      }),
  );
  const deadline = AbortSignal.timeout(20_000);
  const late = once(deadline, 'abort').then(() => {
    const missing = subscribers.map((peer) => expected - peer.bytes);
    throw new Error(`bytes never delivered, by subscriber: ${missing.join(', ')}`);
  });
  await Promise.race([Promise.all(arrived), late]);
  late.catch(() => undefined);
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
