import { SUCCESS_TEXT } from '../frames';

/** The fixed texts of successful answers, by their number in a `done` frame. */
export const DONE_TEXTS: readonly string[] = [
  SUCCESS_TEXT.publish,
  SUCCESS_TEXT.subscribe,
  SUCCESS_TEXT.unsubscribe,
  SUCCESS_TEXT.ack,
  SUCCESS_TEXT.nack,
  SUCCESS_TEXT.terminate,
  SUCCESS_TEXT.touch,
  SUCCESS_TEXT.transaction,
  SUCCESS_TEXT.respond,
  SUCCESS_TEXT.unrespond,
  SUCCESS_TEXT.auth,
  SUCCESS_TEXT.ping,
  SUCCESS_TEXT.cancel,
];
