import type { Contender, Running } from './contender';
import { startBrokerProcess } from './broker-process';
import { removeFolder, temporaryFolder } from './leftovers';

/** Topics of the cases, by name. */
const TOPICS = {
  /** Never refuses: it is full soon, and from then on each batch removes an older one. */
  bench: { maxMessages: 100_000, overflow: 'drop-oldest' },
  /**
   * Full soon too, and then what the group has acked makes room. A publish would be refused, and fail the run, if
   * 100,000 messages were not acked; the publisher lets it be 20,000 at most.
   */
  group: { maxMessages: 100_000, overflow: 'reject' },
  /** Holds what is stored before it is consumed, and refuses what would not fit. */
  backlog: { maxMessages: 1_000_000, overflow: 'reject' },
} as const;

/** The built broker, with its default settings but for the topics' sizes. */
export function pochta(engine: 'memory' | 'lmdb', codec: 'binary' | 'binary JSON' | 'JSON lines'): Contender {
  const wire = `pochta: ${codec}` as const;
  return {
    name: `pochta: ${engine} (${codec})`,
    kept: engine === 'lmdb' ? 'flushed' : 'in memory',
    start: () => startPochta(engine, TOPICS),
    startBuild: (program) => startPochta(engine, TOPICS, program),
    fanOut: wire,
    publish: wire,
    group: wire,
    // Which no engine ever sees.
    request: engine === 'memory' ? wire : undefined,
  };
}

/** The broker with data of its own, which goes with it. */
export async function startPochta(
  engine: 'memory' | 'lmdb',
  topics: Readonly<Record<string, object>>,
  program?: string,
): Promise<Running> {
  const folder = await temporaryFolder();
  const broker = await startBrokerProcess({ engine, folder, topics, program });
  return {
    ...broker,
    stop: async () => {
      await broker.stop();
      await removeFolder(folder);
    },
  };
}

/** A `get`, and its answer when that payload is the next message. */
export function getForm(topic: string, payload: string): { readonly get: string; readonly got: string } {
  return {
    get: `{"action":"get","topic":"${topic}"}\n`,
    got: `{"status":"success","message":${payload}}\n`,
  };
}
