import { errorFor } from '@pochta/protocol';
import { errorText } from './error-text';

it.each([
  [errorFor('TOPIC_FULL', 'no room'), 'no room (TOPIC_FULL)'],
  [new Error('broken'), 'broken'],
  ['a text', 'a text'],
  [undefined, 'undefined'],
  [Object.create(null), 'an error that cannot be shown'],
])('an error in the log (%#)', (error: unknown, text) => expect(errorText(error)).toBe(text));
