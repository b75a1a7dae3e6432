import pino, { type Logger } from 'pino';
import type { BrokerConfig } from '../config/broker-config';

/** Name of the facts of the line that says that the broker has started; its text says them too. */
export const STARTED_FACTS = 'started';

/** A log to standard output: one JSON object a line, or lines for people. */
export async function createLogger({
  logLevel,
  logFormat,
}: Pick<BrokerConfig, 'logLevel' | 'logFormat'>): Promise<Logger> {
  const pretty = logFormat === 'pretty' || (logFormat === 'auto' && process.stdout.isTTY);
  const options = { level: logLevel, base: undefined, timestamp: pino.stdTimeFunctions.isoTime };
  if (!pretty) return pino(options);
  const { default: prettyStream } = await import('pino-pretty');
  // In this thread: a worker would cost start-up time, and lose the last lines when the process ends.
  const stream = prettyStream({
    sync: true,
    // Nx sets FORCE_COLOR, which pino-pretty and Node would let win over NO_COLOR.
    colorize: process.stdout.isTTY === true && !process.env.NO_COLOR,
    translateTime: 'SYS:HH:MM:ss',
    singleLine: true,
    ignore: STARTED_FACTS,
  });
  return pino(options, stream);
}
