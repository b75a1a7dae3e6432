import { BrokerApp } from './broker-app';
import { InvalidConfiguration } from './config/invalid-configuration';
import { type FlagValues, loadConfig, loadDotEnv } from './config/load-config';
import { createLogger } from './logging/logger';
import { startFailure } from './start-failure';
import type { StopSignals } from './stop-signals';

/** Runs the broker until a signal stops it. Returns the exit code. */
export async function runBroker(
  flags: FlagValues,
  signals: StopSignals,
  refuse: (text: string) => number,
): Promise<number> {
  loadDotEnv();
  let config;
  try {
    config = await loadConfig(process.env, flags);
  } catch (error) {
    if (!(error instanceof InvalidConfiguration)) throw error;
    return refuse(
      ['The configuration has mistakes:', ...error.mistakes.map((line) => `  ${line}`)].join('\n'),
    );
  }
  const logger = await createLogger(config);
  let broker: BrokerApp;
  try {
    broker = await BrokerApp.start(config, logger);
  } catch (error) {
    const text = startFailure(error, config);
    if (text === undefined) throw error;
    return refuse(text);
  }
  await signals.first;
  await broker.stop();
  return 0;
}
