/** The one place that lists what a broker is made of: storage engines and codecs. */
import type { Codec, CodecTable } from '@pochta/listener';
import {
  agreedCompression,
  BinaryFrameDecoder,
  BinaryFrameEncoder,
  brokerPreface,
  CompressingFrameEncoder,
  compressionNamed,
  COMPRESSIONS,
  JsonLinesFrameDecoder,
  JsonLinesFrameEncoder,
  OneTopicEncoder,
  SimpleEncoder,
  type Compression,
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

const lines = new JsonLinesFrameEncoder();
const jsonLines: Codec = {
  encoder: lines,
  open: (_, limits, memory) => ({ encoder: lines, decoder: new JsonLinesFrameDecoder(limits, memory) }),
};

/** `taken`: what peers may compress with. */
function binary(taken: readonly Compression[]): Codec {
  const plain = new BinaryFrameEncoder();
  const compressing = new Map(taken.map((agreed) => [agreed, new CompressingFrameEncoder(plain, agreed)]));
  return {
    encoder: plain,
    open: (start, limits, memory) => {
      const agreed = agreedCompression(start, taken);
      return {
        encoder: (agreed && compressing.get(agreed)) ?? plain,
        decoder: new BinaryFrameDecoder(limits, agreed, memory),
        preface: brokerPreface(limits.maxFrameBytes, agreed),
      };
    },
  };
}

/** Throws `INVALID_CONFIG`. */
export function codecs({ compression = 'all' }: Pick<ServerOptions, 'compression'>): CodecTable {
  return {
    'json-lines': jsonLines,
    binary: binary(compressionsOf(compression)),
    simple: new SimpleEncoder(),
    shorthand: new OneTopicEncoder(),
  };
}

function compressionsOf(compression: NonNullable<ServerOptions['compression']>): readonly Compression[] {
  if (compression === 'none') return [];
  return compression === 'all' ? COMPRESSIONS : [compressionNamed(compression)];
}
