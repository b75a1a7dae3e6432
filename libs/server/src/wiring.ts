/** The one place that lists what a broker is made of: storage engines and codecs. */
import type { Codec, CodecTable } from '@pochta/listener';
import {
  JsonLinesFrameDecoder,
  JsonLinesFrameEncoder,
  OneTopicEncoder,
  SimpleEncoder,
} from '@pochta/protocol';
import type { MessageStore } from '@pochta/storage-contract';
import { LmdbStore } from '@pochta/storage-lmdb';
import { MemoryStore } from '@pochta/storage-memory';
import { RoutedStore } from '@pochta/storage-routed';
import type { ServerOptions } from './server-options';

type EngineName = NonNullable<ServerOptions['engine']>;

/** Builds each engine; the data folder is for those that have files. */
export const ENGINES: Readonly<Record<EngineName, (dataDir: string) => MessageStore>> = {
  memory: () => new MemoryStore(),
  lmdb: (path) => {
    const main = new LmdbStore({ path });
    return new RoutedStore({ main, memory: new MemoryStore({ ledger: main.ledger }) });
  },
};

const jsonLines: Codec = {
  encoder: new JsonLinesFrameEncoder(),
  newDecoder: (limits) => new JsonLinesFrameDecoder(limits),
};

export const CODECS: CodecTable = {
  'json-lines': jsonLines,
  simple: new SimpleEncoder(),
  shorthand: new OneTopicEncoder(),
};
