import { resolve } from 'node:path';
import { PochtaError } from '@pochta/protocol';
import type { BrokerConfig } from './config/broker-config';

/** What went wrong and what to do, for a failure that is not a bug; `undefined` for one that is. */
export function startFailure(error: unknown, config: BrokerConfig): string | undefined {
  if (!(error instanceof PochtaError)) return undefined;
  const folder = resolve(config.dataDir);
  switch (error.code) {
    case 'ADDRESS_UNAVAILABLE':
      if (error.field === 'httpPort')
        return `${error.message}. The port for HTTP is --http-port or POCHTA_HTTP_PORT; off does without.`;
      return `${error.message}. The port is --port or POCHTA_PORT${
        config.simplePort === 'off' ? '' : ', that of the simple dialect POCHTA_SIMPLE_PORT'
      }, the address --host or POCHTA_HOST.`;
    case 'DATA_DIR_IN_USE':
      return `The data folder ${folder} is in use by another broker. Stop that broker, or choose another folder with --data or POCHTA_DATA_DIR.`;
    case 'DATA_DIR_UNUSABLE':
    case 'DATA_VERSION_UNSUPPORTED':
      return `${error.message}. The data folder is --data or POCHTA_DATA_DIR: ${folder}.`;
    default:
      return error.message;
  }
}
