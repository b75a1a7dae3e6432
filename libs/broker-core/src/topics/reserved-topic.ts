import { errorFor } from '@pochta/protocol';

/** Names that begin with `$` are the broker's own. Throws `FORBIDDEN`. */
export function checkReserved(topic: string): void {
  if (topic.startsWith('$')) throw errorFor('FORBIDDEN', `topics that begin with $ are reserved: ${topic}`);
}
