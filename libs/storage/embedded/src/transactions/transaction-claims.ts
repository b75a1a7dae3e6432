import { assertNever, ERROR_TABLE, errorFor, PochtaError, type ErrorCode } from '@pochta/protocol';
import type { GroupMember, TransactionOperation } from '@pochta/storage-contract';
import type { Claim } from '../groups/in-flight/claim';
import { EmbeddedMember } from '../groups/embedded-member';

/**
 * Claims what the parts of a transaction ack: an entry for each part. A sequence that two parts name is `NOT_IN_FLIGHT`,
 * one that a part names twice is claimed once. `isOwn`: whether the engine holds a topic; acks in the groups of another
 * engine are `NOT_SUPPORTED`.
 */
export function claimAll(
  operations: readonly TransactionOperation[],
  engine: string,
  isOwn: (topic: string) => boolean,
): (Claim | undefined)[] {
  const claims: (Claim | undefined)[] = [];
  try {
    operations.forEach((operation, index) => {
      switch (operation.kind) {
        case 'append':
          claims.push(undefined);
          break;
        case 'ack': {
          const claim = claimOf(operation.member, operation.sequences, index);
          claims.push(claim);
          if (claim === undefined || !isOwn(claim.dispatcher.topic)) throw foreign(index, engine);
          break;
        }
        default:
          assertNever(operation);
      }
    });
    return claims;
  } catch (error) {
    undoAll(claims);
    throw error;
  }
}

export function undoAll(claims: readonly (Claim | undefined)[]): void {
  for (const claim of claims) claim?.undo();
}

/** The error of a transaction because of one of its parts. */
export function refusal(
  code: ErrorCode,
  index: number,
  topic: string | undefined,
  sequences?: readonly number[],
): PochtaError {
  const where = topic === undefined ? `operation ${index}` : `operation ${index}, topic ${topic}`;
  return errorFor(code, `${ERROR_TABLE[code].text}: ${where}`, { sequences });
}

/** `undefined` when the member is not an embedded engine's. */
function claimOf(member: GroupMember, sequences: readonly number[], index: number): Claim | undefined {
  if (!(member instanceof EmbeddedMember)) return undefined;
  try {
    return member.claim(sequences);
  } catch (error) {
    if (!(error instanceof PochtaError) || error.code !== 'NOT_IN_FLIGHT') throw error;
    throw refusal('NOT_IN_FLIGHT', index, undefined, error.sequences);
  }
}

function foreign(index: number, engine: string): PochtaError {
  return errorFor(
    'NOT_SUPPORTED',
    `Operation ${index}: the ${engine} engine cannot ack in a group of another engine`,
  );
}
