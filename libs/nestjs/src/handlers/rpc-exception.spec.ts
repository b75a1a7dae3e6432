import { ResponderError } from '@pochta/client';
import { exceptionReply, exceptionSaid, isUnknownException } from './rpc-exception';

const cycle: unknown[] = [];
cycle.push(cycle);

describe('What a handler’s exception says', () => {
  it.each([['text'], [{ code: 17, message: 'refused', fields: ['a'] }], [null], [{ status: 'error' }]])(
    'comes out of the reply as it went in: %j',
    (said) => expect(exceptionSaid(exceptionReply(said))).toEqual(said),
  );

  it.each([[undefined], [cycle], [1n]])('is of an unknown exception when it cannot be told (%#)', (said) => {
    expect(isUnknownException(exceptionSaid(exceptionReply(said)))).toBe(true);
  });

  it.each([new ResponderError('OTHER', '{}'), new ResponderError('RPC_EXCEPTION', '{'), new Error('x')])(
    'is not looked for in an error of another kind: %s',
    (error) => expect(exceptionSaid(error)).toBe(error),
  );
});
