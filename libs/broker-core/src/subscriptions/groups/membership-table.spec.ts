import { cleanUp, GroupMembers, withCode } from '@pochta/testing';

describe('a consumer group cannot be joined', () => {
  afterEach(cleanUp);

  it('twice on one connection, also by filters that meet', async () => {
    const members = await GroupMembers.start();
    const member = await members.join();
    const again = (topic: string, name = 'g'): Promise<unknown> => members.join({ name }, { topic }, member);
    await expect(again('t')).rejects.toEqual(withCode('ALREADY_SUBSCRIBED'));
    await expect(again('*')).rejects.toEqual(withCode('ALREADY_SUBSCRIBED'));
    await again('a.*');
    await expect(again('*.b')).rejects.toEqual(withCode('ALREADY_SUBSCRIBED'));
    await expect(again('a.b')).rejects.toEqual(withCode('ALREADY_SUBSCRIBED'));
    await again('a.*.b');
    await again('*', 'other');
    member.connection.unsubscribe({ topic: 't', group: 'g' });
    await again('t');
    expect(() => member.connection.unsubscribe({ topic: 't' })).toThrow(
      expect.objectContaining({ code: 'NOT_SUBSCRIBED' }),
    );
  });

  it('with a configuration that contradicts it', async () => {
    const members = await GroupMembers.start();
    await members.join({ config: { maxDeliveries: 3 } });
    await members.join({ config: { maxDeliveries: 3 } });
    await members.join();
    await expect(members.join({ config: { maxDeliveries: 4 } })).rejects.toEqual(withCode('GROUP_MISMATCH'));
  });

  it('in an engine without groups', async () => {
    const members = await GroupMembers.start();
    const capabilities = { ...members.core.store.capabilities, groups: false };
    Object.defineProperty(members.core.store, 'capabilities', { value: capabilities });
    const refusal = { message: 'group is not supported by the memory engine' };
    await expect(members.join()).rejects.toEqual(withCode('NOT_SUPPORTED', refusal));
  });
});
