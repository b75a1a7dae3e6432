import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { PochtaError } from '@pochta/protocol';
import type { PochtaConnection } from '../connections/pochta-connection';
import type { PochtaStatus } from '../connections/pochta-status';
import { getConnectionToken } from '../connections/tokens';

/** As terminus has it: by the key that the caller gives. */
export type PochtaHealth<Key extends string = string> = Record<Key, PochtaHealthDetail>;

/** How a connection is. */
// No interface: terminus takes objects with any members.
export type PochtaHealthDetail = {
  readonly status: 'up' | 'down';
  /** What the connection is at. */
  readonly connection: PochtaStatus;
  /** `host:port` of the broker, while connected. */
  readonly server?: string;
  /** Why no broker could be reached, or which handler gets no messages, and why. */
  readonly message?: string;
  /** The code of that error. */
  readonly code?: string;
};

/**
 * Whether the app's own connection is up, and no handler has lost its subscription, for readiness; no other connection is
 * made. For terminus:
 *
 * ```ts
 * this.health.check([() => this.pochta.isHealthy('pochta')])
 * ```
 *
 * A connection that nothing has needed yet is connected by the first check. One that is being made anew is down.
 */
@Injectable()
export class PochtaHealthIndicator {
  constructor(private readonly modules: ModuleRef) {}

  /** Never rejects for what is about the connection; throws what Nest throws for a name that there is not. */
  async isHealthy<Key extends string = 'pochta'>(
    key: Key = 'pochta' as Key,
    connectionName?: string,
  ): Promise<PochtaHealth<Key>> {
    return { [key]: await this.check(connectionName) } as PochtaHealth<Key>;
  }

  /** As `isHealthy`, without a key: for use without terminus. */
  async check(connectionName?: string): Promise<PochtaHealthDetail> {
    const connection = this.modules.get<PochtaConnection>(getConnectionToken(connectionName), {
      strict: false,
    });
    const unreachable = connection.current === undefined ? await failureOf(connection) : undefined;
    const failure = unreachable ?? setbackOf(connection);
    const up = connection.status === 'connected' && failure === undefined;
    return {
      status: up ? 'up' : 'down',
      connection: connection.status,
      ...(up ? { server: connection.current?.server } : failure),
    };
  }
}

interface Reason {
  readonly message: string;
  readonly code?: string;
}

async function failureOf(connection: PochtaConnection): Promise<Reason | undefined> {
  try {
    await connection.client();
    return undefined;
  } catch (error) {
    return reasonOf(error as Error);
  }
}

function setbackOf({ setbacks }: PochtaConnection): Reason | undefined {
  for (const { what, error } of setbacks) {
    const { message, code } = reasonOf(error);
    return { message: `${what}: ${message}`, ...(code !== undefined && { code }) };
  }
  return undefined;
}

function reasonOf(error: Error): Reason {
  const { message } = error;
  return error instanceof PochtaError ? { message, code: error.code } : { message };
}
