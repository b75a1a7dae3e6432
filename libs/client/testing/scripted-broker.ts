import { isTopicFilter } from '@pochta/protocol';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { BinaryVoice } from './binary-voice';

/** When subscriptions to filters begin, by the scripted broker's clock. */
export const BEGINNING = 1_000_000;

/** A frame as a client sent it. */
export type Heard = Readonly<Record<string, unknown>> & {
  readonly action: string;
  readonly id?: number | string;
};

/** Answers one frame; returns true when it did, false to leave it to the broker's own answers. */
export type Script = (peer: Peer, frame: Heard) => boolean | void;

interface Expectation {
  readonly test: () => boolean;
  readonly resolve: () => void;
}

/** One client's connection, seen from the broker. */
export class Peer {
  readonly heard: Heard[] = [];
  #text = '';
  /** Frames behind the one at which it hung up are not heard, as if they had not come. */
  #deaf = false;
  #voice: BinaryVoice | undefined;

  constructor(
    readonly broker: ScriptedBroker,
    readonly socket: Socket,
  ) {
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('close', () => broker.gone(this));
  }

  say(...frames: object[]): void {
    this.raw(frames.map((frame) => `${JSON.stringify(frame)}\n`).join(''));
  }

  /** Says exactly this text, or, to a client that speaks binary frames, what says the same. */
  raw(text: string): void {
    this.socket.write(this.#voice?.say(text) ?? text);
  }

  succeed(frame: Heard, message: unknown, more: object = {}): void {
    this.say({ status: 'success', message, ...(frame.id !== undefined && { id: frame.id }), ...more });
  }

  refuse(frame: Heard, code: string, message = code, more: object = {}): void {
    this.say({ status: 'error', message, code, ...(frame.id !== undefined && { id: frame.id }), ...more });
  }

  push(subscription: unknown, topic: string, sequence: number, message: unknown, epoch = 'e1'): void {
    this.say({ type: 'push', topic, message, subscription, sequence, timestamp: 1000 + sequence, epoch });
  }

  /** Delivers messages to the member of a group that subscribed with this frame, in one write. */
  deliver({ subscription, group, topic }: Heard, sequences: readonly number[], more: object = {}): void {
    const delivery = { type: 'push', topic, subscription, group, epoch: 'e1', deliveryCount: 1 };
    const frames = sequences.map((sequence) => ({
      ...delivery,
      message: sequence,
      sequence,
      timestamp: 1000 + sequence,
      ...more,
    }));
    this.say(...frames);
  }

  /** Hangs up, with what was said before on its way. */
  hangUp(): void {
    this.#deaf = true;
    this.socket.destroySoon();
  }

  /** Cuts the line. */
  cut(): void {
    this.#deaf = true;
    this.socket.destroy();
  }

  #onData(chunk: Buffer): void {
    if (this.#voice === undefined && BinaryVoice.isSpoken(chunk)) {
      this.#voice = new BinaryVoice((line) => this.#read(line));
      this.socket.write(this.#voice.preface);
    }
    if (this.#voice === undefined) this.#read(chunk.toString('utf8'));
    else this.#voice.read(chunk);
  }

  #read(text: string): void {
    this.#text += text;
    const lines = this.#text.split('\n');
    this.#text = lines.pop()!;
    for (const line of lines) {
      if (this.#deaf) return;
      this.broker.hear(this, JSON.parse(line) as Heard);
    }
  }
}

/** A broker that does as it is told, over a real socket: for what a real one does only on a bad day. */
export class ScriptedBroker {
  /** Every frame but pings, of all connections. */
  readonly heard: Heard[] = [];
  /** All connections so far. */
  readonly peers: Peer[] = [];
  /** Answers before the broker's own rules do. */
  script: Script = () => false;
  answerPings = true;
  readonly #server: Server;
  #expectations: Expectation[] = [];
  #open = new Set<Peer>();

  private constructor() {
    this.#server = createServer((socket) => {
      const peer = new Peer(this, socket);
      this.#open.add(peer);
      this.peers.push(peer);
      this.check();
    });
  }

  static async start(port = 0): Promise<ScriptedBroker> {
    const broker = new ScriptedBroker();
    await new Promise<void>((resolve) => broker.#server.listen(port, '127.0.0.1', resolve));
    return broker;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The newest connection. */
  get peer(): Peer {
    return this.peers.at(-1)!;
  }

  /** Connections open now. */
  get open(): number {
    return this.#open.size;
  }

  heardOf(action: string): Heard[] {
    return this.heard.filter((frame) => frame.action === action);
  }

  /** Resolves when the condition holds; it is looked at whenever something is heard. */
  until(test: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#expectations.push({ test, resolve });
      this.check();
    });
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const peer of this.#open) peer.cut();
    await closed;
  }

  gone(peer: Peer): void {
    this.#open.delete(peer);
    this.check();
  }

  check(): void {
    const met = this.#expectations.filter(({ test }) => test());
    this.#expectations = this.#expectations.filter((expectation) => !met.includes(expectation));
    for (const { resolve } of met) resolve();
  }

  hear(peer: Peer, frame: Heard): void {
    if (frame.action !== 'ping') {
      this.heard.push(frame);
      peer.heard.push(frame);
    }
    if (this.script(peer, frame) !== true) this.#answer(peer, frame);
    this.check();
  }

  #answer(peer: Peer, frame: Heard): void {
    switch (frame.action) {
      case 'ping':
        if (this.answerPings) peer.succeed(frame, 'pong');
        return;
      case 'publish':
        return peer.succeed(frame, 'Published');
      case 'subscribe':
        return peer.succeed(frame, 'Subscribed', {
          subscription: frame.subscription,
          ...beginningOf(frame),
        });
      case 'unsubscribe':
        return peer.succeed(frame, 'Unsubscribed');
      case 'ack':
        return peer.succeed(frame, 'Acknowledged');
      case 'nack':
        return peer.succeed(frame, 'Negatively acknowledged');
      case 'terminate':
        return peer.succeed(frame, 'Terminated');
      case 'touch':
        return peer.succeed(frame, 'Extended');
      case 'transaction':
        return peer.succeed(frame, 'Committed');
      case 'respond':
        return peer.succeed(frame, 'Responding');
      case 'unrespond':
        return peer.succeed(frame, 'Stopped responding');
      case 'get':
        return peer.succeed(frame, 'No messages', { code: 'NO_MESSAGES' });
      case 'cancel':
        return peer.succeed(frame, 'Cancelled');
      case 'request':
        return peer.refuse(frame, 'NO_RESPONDERS');
    }
  }
}

/** Where a subscription stands: a group's is the broker's to remember. */
function beginningOf({ topic, group }: Heard): object {
  const isFilter = isTopicFilter(String(topic));
  if (group !== undefined) return isFilter ? {} : { epoch: 'e1' };
  return isFilter ? { time: BEGINNING } : { epoch: 'e1', sequence: 1 };
}
