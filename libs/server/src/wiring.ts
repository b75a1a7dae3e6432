/** The one place that lists what a broker is made of: storage engines and codecs. */
import type { Codec, CodecTable } from '@pochta/listener';
import {
  BinaryFrameDecoder,
  BinaryFrameEncoder,
  brokerPreface,
  JsonLinesFrameDecoder,
  JsonLinesFrameEncoder,
  OneTopicEncoder,
  SimpleEncoder,
} from '@pochta/protocol';
import type { Clock, MessageStore } from '@pochta/storage-contract';
import { LmdbStore } from '@pochta/storage-lmdb';
import { MemoryStore } from '@pochta/storage-memory';
import { RoutedStore } from '@pochta/storage-routed';
import type { ServerOptions } from './server-options';

type EngineName = NonNullable<ServerOptions['engine']>;

export interface EngineOptions {
  /** For engines that have files. */
  readonly dataDir: string;
  readonly clock: Clock;
}

/** Builds each engine. */
export const ENGINES: Readonly<Record<EngineName, (options: EngineOptions) => MessageStore>> = {
  memory: ({ clock }) => new MemoryStore({ clock }),
  lmdb: ({ dataDir, clock }) => {
    const main = new LmdbStore({ path: dataDir, clock });
    return new RoutedStore({ main, memory: new MemoryStore({ ledger: main.ledger, clock }) });
  },
};

const jsonLines: Codec = {
  encoder: new JsonLinesFrameEncoder(),
  newDecoder: (limits) => new JsonLinesFrameDecoder(limits),
};

const binary: Codec = {
  encoder: new BinaryFrameEncoder(),
  newDecoder: (limits) => new BinaryFrameDecoder(limits),
  newPreface: ({ maxFrameBytes }) => brokerPreface(maxFrameBytes),
};

export const CODECS: CodecTable = {
  'json-lines': jsonLines,
  binary,
  simple: new SimpleEncoder(),
  shorthand: new OneTopicEncoder(),
};
