import type { Invariant } from './violation';

/** The broker answers what the protocol says, and goes on working. */
export const expectedAnswers: Invariant = {
  name: 'expected-answers',
  promise: 'Every answer is one that the protocol has for the request, and work never stands still.',
  *check({ history }) {
    for (const event of history.events) {
      if (event.type === 'unexpected') yield { text: `${event.actor}: ${event.text}`, ids: [] };
    }
  },
};
