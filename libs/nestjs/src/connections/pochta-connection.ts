import type { Client } from '@pochta/client';
import type { Observable } from 'rxjs';
import type { CodecTable } from '../codecs/codec-table';
import type { Telemetry } from '../telemetry/telemetry';
import type { NamedTopic } from '../topics/topic-definition';
import type { PochtaConnectionOptions } from './connection-options';
import type { PochtaStatus } from './pochta-status';

/** Something that one of a connection's users cannot do just now, and tries again. */
export interface Setback {
  /** For people. */
  readonly what: string;
  readonly error: Error;
}

/** One connection to a broker, made when it is first needed, and shared by whatever in an app uses it. */
export interface PochtaConnection {
  /** For logs and `@InjectPochta`; `default` unless named. */
  readonly name: string;
  readonly options: PochtaConnectionOptions;
  /** The options', in ms, or its default. */
  readonly drainTimeout: number;
  readonly status: PochtaStatus;
  /** The status now, and each one that follows. */
  readonly status$: Observable<PochtaStatus>;
  readonly codecs: CodecTable;
  readonly telemetry: Telemetry;
  /** What does not work for those that use the connection, also while it is connected; for health. */
  readonly setbacks: Set<Setback>;
  /** The client, when it has been connected before and is not closed; for the hot path. */
  readonly current: Client | undefined;
  /**
   * The client, connected first if need be. Rejects with `CONNECTION_FAILED` when no server answers, each having been tried
   * once; the next call tries again. With `patient`, tries until one answers, or the connection closes.
   */
  client(options?: { readonly patient?: boolean }): Promise<Client>;
  /**
   * The topic's name with its placeholders filled in; from then on `codecs` know the codec of a definition. Throws
   * `INVALID_CONFIG` for a placeholder that `names` does not know, and for an object that is no definition.
   */
  topicName(topic: string | NamedTopic): string;
  /**
   * Has the step taken on each client that is made, before anybody else is given it, and on the present one at once.
   * A step that fails is logged. Resolves, never rejects, when the step is taken on the present client, if there is one.
   */
  prepare(step: (client: Client) => void | Promise<void>): Promise<void>;
  /**
   * Finishes what is in flight, within `timeout` ms, by default the `drainTimeout`, then closes for good. May be called
   * twice; the first call's timeout counts.
   */
  drain(options?: { readonly timeout?: number }): Promise<void>;
}
