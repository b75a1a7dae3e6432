import { parseArgs } from 'node:util';
import type { FlagValues } from './config/load-config';

export const HELP = `Pochta, a message broker.

Usage: broker [options]

  --host <address>     Address to listen on (POCHTA_HOST, default localhost)
  --port <port>        Port to listen on (POCHTA_PORT, default 8888)
  --http-port <port>   Port for HTTP, which tells the broker's health, or off (POCHTA_HTTP_PORT, default 8889)
  --data <folder>      Data folder (POCHTA_DATA_DIR, default ./data)
  --log-level <level>  silent, fatal, error, warn, info, debug or trace (POCHTA_LOG_LEVEL, default info)
  --help               Show this text

All settings: docs/configuration.md. From source: npx nx serve broker --port=9000, and for this text
npx nx serve broker -- --help, since nx keeps a plain --help for itself.
`;

/** The setting of each flag. */
const SETTING_OF = {
  host: 'host',
  port: 'port',
  'http-port': 'httpPort',
  data: 'dataDir',
  'log-level': 'logLevel',
} as const;

export type CommandLine =
  { readonly help: true } | { readonly mistake: string } | { readonly flags: FlagValues };

export function parseCommandLine(args: string[]): CommandLine {
  const text = { type: 'string' } as const;
  const options = {
    host: text,
    port: text,
    'http-port': text,
    data: text,
    'log-level': text,
    help: { type: 'boolean' },
  } as const;
  try {
    const { values } = parseArgs({ args, options, allowPositionals: false });
    if (values.help) return { help: true };
    const flags: Record<string, { flag: string; text: string }> = {};
    for (const [name, path] of Object.entries(SETTING_OF)) {
      const value = values[name as keyof typeof SETTING_OF];
      if (value !== undefined) flags[path] = { flag: `--${name}`, text: value };
    }
    return { flags };
  } catch (error) {
    return { mistake: `${(error as Error).message.split('. ', 1)[0]}. ${helpFlag()} shows the options.` };
  }
}

/** Nx keeps a plain `--help` for itself. */
function helpFlag(): string {
  return process.env.NX_TASK_TARGET_TARGET === 'serve' ? 'npx nx serve broker -- --help' : '--help';
}
