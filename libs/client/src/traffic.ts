import {
  errorFor,
  type BrokerFrame,
  type ClientFrame,
  type ErrorAnswer,
  type PochtaError,
  type Push,
} from '@pochta/protocol';
import type { DrainResult } from './client';
import { Calls } from './connection/calls';
import type { ResolvedOptions } from './connection/connect-options';
import type { Connection, ConnectionListener } from './connection/connection';
import type { ReconnectPolicy } from './connection/reconnect-policy';
import type { Deadlines } from './deadlines';
import { answerError } from './errors';
import type { EventListeners } from './event-listeners';
import { PublishIntake } from './publish/publish-intake';
import { Publisher } from './publish/publisher';
import { Requester } from './requests/requester';
import { Responders } from './requests/responders';
import { Settlements } from './subscriptions/groups/settlements';
import type { Gap } from './subscriptions/subscription';
import { Subscriptions } from './subscriptions/subscriptions';
import { Transactions } from './transactions/transactions';

/** ms that the broker has to hang up after the last frame of a drain. */
const GOODBYE_TIMEOUT = 1000;

/** Errors without an id that are about the connection, not about a publish. All that is unconfirmed is sent again. */
const ABOUT_THE_CONNECTION: ReadonlySet<string> = new Set([
  'SHUTTING_DOWN',
  'TOO_MANY_CONNECTIONS',
  'FRAME_TIMEOUT',
  'UNKNOWN_CODEC',
  // An administrator has closed it.
  'CONNECTION_CLOSED',
]);

export interface TrafficOptions extends ResolvedOptions {
  readonly deadlines: Deadlines;
  readonly policy: ReconnectPolicy;
  readonly listeners: EventListeners;
  /** The connection is gone, unless that was wanted. */
  readonly onLost: (server: string, reason: PochtaError) => void;
}

/** All that a client sends and hears, over one connection after the other: who gets what, and in which order it leaves. */
export class Traffic implements ConnectionListener {
  readonly intake: PublishIntake;
  readonly transactions: Transactions;
  readonly calls: Calls;
  readonly requester: Requester;
  readonly subscriptions: Subscriptions;
  readonly responders: Responders;
  readonly #publisher: Publisher;
  readonly #settlements: Settlements;
  #connection: Connection | undefined;
  /** All is done; that the connection ends now is no loss. */
  #leaving = false;

  constructor(private readonly options: TrafficOptions) {
    const { deadlines, listeners, requestTimeout } = options;
    const onPending = () => this.#connection?.wake();
    const calls = (this.calls = new Calls(deadlines));
    const publisher = (this.#publisher = new Publisher({ ...options, onPending }));
    const intake = (this.intake = new PublishIntake(publisher));
    const settlements = (this.#settlements = new Settlements({ ...options, calls, onPending }));
    const freshMessageId = () => publisher.freshMessageId();
    this.transactions = new Transactions({ ...options, calls, intake, settlements, freshMessageId });
    const onHandlerFailed = (topic: string, error: unknown, group?: string) =>
      listeners.handlerFailed(topic, error, group);
    this.requester = new Requester(calls, requestTimeout, onHandlerFailed);
    this.subscriptions = new Subscriptions({
      ...options,
      calls,
      settlements,
      onGap: (gap) => this.#tellGap(gap),
      onHandlerFailed,
      onSettlementFailed: ({ topic, group, sequence }, verb, error) =>
        listeners.settlementFailed({ topic, group, sequence, verb, error }),
    });
    this.responders = new Responders({ calls, requestTimeout, onHandlerFailed });
  }

  /** `host:port` of the broker, while connected. */
  get server(): string | undefined {
    return this.#connection?.server;
  }

  /** Publishes that are neither confirmed nor refused yet. */
  get unconfirmed(): number {
    return this.#publisher.unconfirmed;
  }

  /** What is under way now. */
  get unfinished(): DrainResult {
    return {
      unconfirmed: this.unconfirmed,
      handling: this.subscriptions.handling + this.responders.handling,
      unanswered: this.calls.open,
    };
  }

  /** Goes on over this connection. False when that is lost already. */
  connected(connection: Connection): boolean {
    this.#connection = connection;
    const direct = (frame: ClientFrame) => connection.send(frame);
    // First what comes in again, then the publishes that waited, then, behind them, the calls that did.
    this.calls.sendThrough(direct);
    this.responders.connected(direct);
    this.subscriptions.connected();
    this.calls.sendThrough((frame) => {
      this.#publisher.writeTo(connection, Infinity);
      this.#settlements.flush();
      connection.send(frame);
    });
    this.calls.writeWaiting();
    connection.attach(this);
    return this.#connection === connection;
  }

  /** Consumers first, for what they do may publish; then the answers to what is on its way. Never rejects. */
  async finish(): Promise<void> {
    await Promise.all([this.subscriptions.drain(), this.responders.drain()]);
    this.intake.close(errorFor('CONNECTION_CLOSED', 'The client is draining'));
    await this.intake.flush({});
    await new Promise<void>((resolve) => this.calls.whenIdle(resolve));
    this.#leaving = true;
    await this.#connection?.end(GOODBYE_TIMEOUT);
  }

  /** Ends all at once; `reason` unless that was asked for. */
  close(reason: PochtaError | undefined): void {
    this.#leaving = true;
    const error = reason ?? errorFor('CONNECTION_CLOSED');
    // The broker takes the end of the stream for that of the questions, and would wait for the answers.
    const cancels = this.calls.requests.map((id) => ({ action: 'cancel', id }) as const);
    this.intake.close(error);
    this.#publisher.close(error);
    this.subscriptions.close(reason);
    this.#settlements.close(error);
    this.responders.close();
    this.calls.close(error);
    this.#connection?.leave(error, cancels);
  }

  /** @internal The connection asks, as for all that follows. */
  get pending(): boolean {
    return this.#publisher.pending;
  }

  onWritable(): void {
    if (this.#connection === undefined) return;
    this.#publisher.writeTo(this.#connection);
    this.#settlements.flush();
  }

  onConfirms(count: number): void {
    if (!this.#publisher.confirm(count)) this.#distrust('a confirm came for which there was no publish');
  }

  onPush(push: Push): void {
    this.subscriptions.onPush(push);
  }

  onFrame(frame: BrokerFrame): void {
    switch (frame.type) {
      case 'gap':
        return this.subscriptions.onGapFrame(frame);
      case 'request':
        return this.responders.onRequest(frame);
      case 'cancel':
        return this.responders.onCancel(frame);
      case 'success':
        if (frame.id === undefined) return this.#distrust('an answer came that is no confirm and has no id');
        return this.calls.answered(frame);
      case 'error':
        if (frame.id === undefined) return this.#publishRefused(frame);
        return this.calls.answered(frame);
    }
  }

  onPing(): void {
    this.#publisher.markPing();
  }

  onPong(): void {
    if (!this.#publisher.checkPong()) this.#distrust('a publish was never answered');
  }

  onLost(reason: PochtaError): void {
    const server = this.#connection!.server;
    this.#connection = undefined;
    if (this.#leaving) return;
    this.#publisher.connectionLost();
    // Before the calls fail: what was on its way back is not over because its call is.
    this.subscriptions.connectionLost();
    this.#settlements.connectionLost();
    this.responders.connectionLost();
    this.calls.connectionLost();
    this.options.onLost(server, reason);
  }

  #publishRefused(frame: ErrorAnswer): void {
    const error = answerError(frame);
    if (error.code === 'FRAME_TOO_LARGE') {
      const found = this.#publisher.refuseLargest(error, this.calls.largest);
      if (!found) this.calls.refuseLargest(error);
      this.subscriptions.frameRefused();
      this.#connection?.drop(error);
    } else if (ABOUT_THE_CONNECTION.has(error.code) || !this.#publisher.refuse(error, frame.publishes)) {
      this.#connection?.drop(error);
    }
  }

  /** The broker broke the protocol: nothing on this connection can be relied on any more. */
  #distrust(text: string): void {
    this.#connection?.drop(errorFor('CONNECTION_FAILED', `the broker broke the protocol: ${text}`));
  }

  #tellGap(gap: Gap): void {
    const { listeners, name } = this.options;
    if (listeners.tell('gap', gap)) return;
    const { topic, from, to, reason } = gap;
    // What a compacted topic replaced is not missed: that is what it is for.
    if (reason === 'compacted') return;
    process.emitWarning(
      `${name}: messages ${from} to ${to} of ${topic} were missed (${reason})`,
      'PochtaGap',
    );
  }
}
