import { NotSupportedError } from '@pochta/protocol';
import { cleanUp } from '@pochta/testing';
import { HostedBroker, type Sabotage } from '../testing/hosted-broker';
import { checkFeatures, ENGINE_FEATURES } from './features';

afterEach(cleanUp);

async function check(sabotage: Sabotage, engine: 'lmdb' | 'memory' = 'lmdb'): Promise<void> {
  await checkFeatures(await HostedBroker.prepare([], sabotage), ENGINE_FEATURES[engine]);
}

it('a broker that can do what its engine should is checked on', async () => {
  await check(() => ({}));
});

it('one that has forgotten how to do something is not: it is named', async () => {
  const refuse = () => Promise.reject(new NotSupportedError('not in this engine'));
  await expect(check(() => ({ append: refuse }))).rejects.toThrow('should be able to do delays and ttls');
  await expect(check(() => ({ openGroup: refuse }))).rejects.toThrow(
    'the broker should be able to do consumer groups, and answered NOT_SUPPORTED: not in this engine',
  );
  await expect(check(() => ({ transact: refuse }))).rejects.toThrow('should be able to do transactions');
});

it('nor is one that can do what the rounds would leave out', async () => {
  await expect(check(() => ({}), 'memory')).rejects.toThrow('should not be able to do transactions');
});
