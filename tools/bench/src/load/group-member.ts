import type { MemberSide, Traffic, Wire } from '../wires/wire';
import { WIRES, type WireName } from '../wires/wires';
import { RawConnection } from './raw-connection';
import type { WatchedSocket } from './watched-socket';

/** The one member of a consumer group: it acks what it gets, with one write for the deliveries of a chunk. */
export class GroupMember {
  /** Messages whose ack was answered, which is when it is kept; or was sent, where acks are not answered. */
  acked = 0;
  #unanswered = 0;
  #acking = true;

  #connection!: RawConnection;

  private constructor(private readonly side: MemberSide) {}

  /** Resolves once it has asked for messages. */
  static async open(port: number, name: WireName, traffic: Traffic, prefetch: number): Promise<GroupMember> {
    const wire: Wire = WIRES[name];
    const side = wire.member?.(traffic, prefetch);
    if (side === undefined) throw new Error(`${name} has no groups`);
    const member = new GroupMember(side);
    member.#connection = await RawConnection.open(port, side.openings, (chunk) => member.#take(chunk));
    member.#connection.socket.write(side.begin);
    return member;
  }

  get watched(): WatchedSocket {
    return this.#connection.watched;
  }

  /** Acks nothing more, and waits for the answers to all acks it has sent. */
  async finish(): Promise<void> {
    this.#acking = false;
    await this.watched.until('the answers to acks', () => this.#unanswered === 0);
  }

  close(): void {
    this.#connection.close();
  }

  #take(chunk: Buffer): number {
    const { delivered, settled, send } = this.side.take(chunk);
    this.acked += settled;
    this.#unanswered -= settled;
    if (send === undefined || !this.#acking) return 0;
    this.#connection.socket.write(send);
    if (this.side.answersAcks) this.#unanswered += delivered;
    else this.acked += delivered;
    return delivered;
  }
}
