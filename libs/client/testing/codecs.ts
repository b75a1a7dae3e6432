import type { CodecName } from '../src';

/** All that a client may speak: what holds over one of them is to hold over each. */
export const CODECS: readonly CodecName[] = ['binary', 'json-lines'];
