import { ofLength, opening, type Wire } from './wire';

/** What the reference forwarder speaks: a message is a line. */
export const newline: Wire = {
  publisher: ({ payload, burst }) => ({
    openings: [opening('P\n', 'P\n')],
    burst: Buffer.from(`${payload}\n`.repeat(burst)),
  }),
  subscriber: ({ payload }) => ({
    openings: [opening('S\n', 'S\n')],
    deliveries: ofLength(payload.length + 1),
  }),
};
