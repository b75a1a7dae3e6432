import { binaryFrames } from './binary';
import { jsonLines } from './json-lines';

/** What peers can speak. */
export const CODECS = { 'json-lines': jsonLines, binary: binaryFrames } as const;

export type CodecName = keyof typeof CODECS;
