import type { GroupForm } from '../contenders/contender';
import { DeliveryScanner } from './delivery-scanner';
import { WatchedSocket } from './watched-socket';

/** The one member of a consumer group: it acks what it gets, one frame for the deliveries of a chunk. */
export class GroupMember {
  /** Messages whose ack was answered, which is when it is durable. */
  acked = 0;
  /** Messages of the acks that are not answered yet; answers come in the order of their requests. */
  readonly #unanswered: number[] = [];
  #answered = 0;
  #acking = true;

  private constructor(
    readonly watched: WatchedSocket,
    private readonly scanner: DeliveryScanner,
  ) {
    watched.onChunk((chunk) => this.#take(chunk));
  }

  /** Resolves once the broker has answered the subscribe; deliveries may have come by then. */
  static async open(port: number, form: GroupForm): Promise<GroupMember> {
    const watched = await WatchedSocket.open(port);
    const scanner = new DeliveryScanner(form);
    const member = new GroupMember(watched, scanner);
    watched.socket.write(form.subscribe);
    await watched.until('the answer to subscribe', () => scanner.subscribed);
    return member;
  }

  /** Acks nothing more, and waits for the answers to all acks it has sent. */
  async finish(): Promise<void> {
    this.#acking = false;
    await this.watched.until('the answers to acks', () => this.#answered === this.#unanswered.length);
  }

  close(): void {
    this.watched.close();
  }

  #take(chunk: Buffer): void {
    const { count, ack } = this.scanner.scan(chunk);
    while (this.#answered < this.scanner.acksAnswered) this.acked += this.#unanswered[this.#answered++];
    if (count === 0 || !this.#acking) return;
    this.watched.socket.write(ack);
    this.#unanswered.push(count);
  }
}
