import { GroupMembers, startCore, type TestCore, type TestCoreOptions } from '@pochta/testing';

const withCode = (code: string, more: object = {}): unknown => expect.objectContaining({ code, ...more });

describe('a consumer group cannot be joined', () => {
  let core: TestCore;
  let members: GroupMembers;
  const start = async (options?: TestCoreOptions): Promise<void> => {
    core = await startCore(options);
    members = new GroupMembers(core);
  };
  afterEach(() => core.stop());

  it('twice on one connection, also by filters that meet', async () => {
    await start();
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
    await start();
    await members.join({ config: { maxDeliveries: 3 } });
    await members.join({ config: { maxDeliveries: 3 } });
    await members.join();
    await expect(members.join({ config: { maxDeliveries: 4 } })).rejects.toEqual(withCode('GROUP_MISMATCH'));
  });

  it('in an engine without groups', async () => {
    await start();
    const capabilities = { ...core.store.capabilities, groups: false };
    Object.defineProperty(core.store, 'capabilities', { value: capabilities });
    const refusal = { message: 'group is not supported by the memory engine' };
    await expect(members.join()).rejects.toEqual(withCode('NOT_SUPPORTED', refusal));
  });
});
