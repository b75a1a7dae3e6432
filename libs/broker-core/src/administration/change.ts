import { errorFor } from '@pochta/protocol';
import type { Broker } from '../broker';

/** Runs work that changes something: a broker that stops waits for it. Rejects with `SHUTTING_DOWN`. */
export async function change<T>(broker: Broker, work: () => Promise<T>): Promise<T> {
  if (broker.closing) throw errorFor('SHUTTING_DOWN');
  return broker.underWay(work);
}
