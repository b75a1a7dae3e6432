import { Logger } from '@nestjs/common';
import { DEFAULT_CONNECTION } from './connection-options';

/** The log of whatever belongs to the connection of that name. */
export function loggerOf(connectionName: string): Logger {
  return new Logger(connectionName === DEFAULT_CONNECTION ? 'Pochta' : `Pochta ${connectionName}`);
}
