import { found, HistoryWriter, START } from '../../testing/write-history';
import { violations } from '.';

const HOUR = 3600 * 1000;
const history = () => new HistoryWriter();

it('a round in which all goes well violates nothing', () => {
  const well = history()
    .broker('started')
    .published('a', 'orders', { key: 'k' })
    .published('b', 'orders', { key: 'k' })
    .sent('c', 'orders')
    .refused('c', 'TOPIC_FULL')
    .seen('orders', 1, 'a', { key: 'k' })
    .delivered('orders', 'billing', 1, 'a', { key: 'k' })
    .settle('nack', 'orders', 'billing', [1])
    .delivered('orders', 'billing', 1, 'a', { key: 'k', deliveryCount: 2 })
    .settle('ack', 'orders', 'billing', [1])
    .seen('orders', 2, 'b', { key: 'k' })
    .delivered('orders', 'billing', 2, 'b', { key: 'k' })
    .processed(100, 2, 'b')
    .seen('effects', 1, 'effects-of-b', { transaction: 100 })
    .seen('log', 1, 'log-of-b', { transaction: 100 })
    .held('orders', 1, 'a', { key: 'k' })
    .held('orders', 2, 'b', { key: 'k' })
    .audited('orders', 3)
    .audited('effects', 2);
  expect(violations(well.history)).toEqual([]);
});

describe('expected-answers', () => {
  it('finds answers that nobody has a use for', () => {
    const bad = history().add({ type: 'unexpected', actor: 'm', text: 'an ack was answered INTERNAL' });
    expect(found('expected-answers', bad)).toEqual(['m: an ack was answered INTERNAL']);
  });
});

describe('arrival', () => {
  const settled = () => history().published('a', 'orders').delivered('orders', 'billing', 1, 'a');

  it('finds a confirmed message that is nowhere', () => {
    expect(found('arrival', history().published('a', 'log').audited('log', 1))).toEqual([
      'a was confirmed, and nobody ever saw it in log',
    ]);
  });

  it('finds one that was there and is not any more', () => {
    const gone = history().published('a', 'log').seen('log', 1, 'a');
    expect(found('arrival', gone.audited('log', 2))).toEqual([
      'a was confirmed, and log does not hold it at the end',
    ]);
  });

  it('lets a work queue drop what is settled, and an unconfirmed one be absent', () => {
    const queue = history()
      .published('a', 'jobs')
      .sent('b', 'jobs')
      .delivered('jobs', 'workers', 1, 'a')
      .settle('ack', 'jobs', 'workers', [1]);
    expect(found('arrival', queue)).toEqual([]);
  });

  it('counts the ttl from the attempt that was stored, also when the clock was set back before that', () => {
    const ttl = HOUR;
    const late = history().clock(HOUR).broker('started').sent('a', 'log', { ttl }).broker('killed');
    const again = late.clock(0).broker('started').published('a', 'log', { ttl }).broker('killed');
    const over = again.clock(HOUR).wait(10).broker('started').gap('log', 1, 1).audited('log', 2);
    expect(found('arrival', over)).toEqual([]);
  });

  it('finds one that a group never got, and one that it never settled', () => {
    const never = ['a (orders 1) in group billing was never settled; deliveries: 0'];
    expect(found('arrival', history().published('a', 'orders').held('orders', 1, 'a'))).toEqual(never);
    const unsettled = settled().settle('ack', 'orders', 'billing', [1], 'NOT_IN_FLIGHT');
    expect(found('arrival', unsettled.held('orders', 1, 'a'))[0]).toContain('deliveries: 1');
  });

  it('takes an ack without an answer for one, unless the message came again and was left', () => {
    const lost = () => settled().settle('ack', 'orders', 'billing', [1], 'lost');
    expect(found('arrival', lost().held('orders', 1, 'a'))).toEqual([]);
    const again = lost().delivered('orders', 'billing', 1, 'a', { deliveryCount: 2 });
    expect(found('arrival', again.held('orders', 1, 'a'))).toHaveLength(1);
  });

  it('takes a transaction without an answer for an ack only if its publishes are there', () => {
    const asked = () => settled().processed(7, 1, 'a', 'lost').held('orders', 1, 'a');
    expect(found('arrival', asked())).toHaveLength(1);
    const there = asked()
      .seen('effects', 1, 'effects-of-a', { transaction: 7 })
      .seen('log', 1, 'log-of-a', { transaction: 7 });
    expect(found('arrival', there)).toEqual([]);
  });

  it('wants one dead letter of what was terminated, and none of what was acked', () => {
    const terminated = () => settled().settle('terminate', 'orders', 'billing', [1]).held('orders', 1, 'a');
    expect(found('arrival', terminated())[0]).toContain('was terminated, and has no dead letter');
    expect(found('arrival', terminated().dead('orders', 'billing', 1, 1, 'a'))).toEqual([]);
    const twice = terminated().dead('orders', 'billing', 1, 1, 'a').dead('orders', 'billing', 1, 2, 'a');
    expect(found('arrival', twice)[0]).toContain('has 2 dead letters');
    const acked = settled().settle('ack', 'orders', 'billing', [1]).held('orders', 1, 'a');
    expect(found('arrival', acked.dead('orders', 'billing', 1, 1, 'a'))[0]).toContain('is a dead letter');
  });

  it('lets what has a ttl be gone only when it may have passed', () => {
    const fleeting = (ttl: number) => history().published('a', 'log', { ttl }).wait(100).audited('log', 2);
    expect(found('arrival', fleeting(50).gap('log', 1, 1))).toEqual([]);
    expect(found('arrival', fleeting(HOUR).gap('log', 1, 1))).toHaveLength(1);
    expect(
      found(
        'arrival',
        fleeting(HOUR)
          .clock(2 * HOUR)
          .gap('log', 1, 1),
      ),
    ).toEqual([]);
  });
});

describe('identity', () => {
  it('finds a message that is there twice', () => {
    const twice = history().published('a', 'log').seen('log', 1, 'a').seen('log', 2, 'a');
    expect(found('identity', twice)).toEqual(['a is in log more than once: 1, 2']);
  });

  it('finds a sequence that two messages have', () => {
    const shared = history().sent('a', 'log').sent('b', 'log').seen('log', 1, 'a').held('log', 1, 'b');
    expect(found('identity', shared)).toEqual(['log 1 was a, and then b']);
  });

  it('finds what was refused, unless an attempt before had no answer', () => {
    const refused = history().sent('a', 'log').refused('a', 'TOPIC_FULL');
    expect(found('identity', refused.seen('log', 1, 'a'))).toEqual([
      'a was refused (TOPIC_FULL), and is in log',
    ]);
    const open = history().sent('a', 'log').sent('a', 'log').refused('a', 'TOPIC_FULL');
    expect(found('identity', open.seen('log', 1, 'a'))).toEqual([]);
  });

  it('finds what nobody published, or published elsewhere', () => {
    expect(found('identity', history().seen('log', 1, 'a'))).toHaveLength(1);
    expect(found('identity', history().sent('a', 'orders').seen('log', 1, 'a'))).toHaveLength(1);
  });

  it('finds an epoch that changes, and two messages under one sequence of a dead-letter topic', () => {
    const epochs = history().sent('a', 'log').seen('log', 1, 'a', { epoch: 'e1' });
    expect(found('identity', epochs.held('log', 1, 'a', { epoch: 'e2' }))).toHaveLength(1);
    const dead = history().sent('a', 'orders').dead('orders', 'billing', 1, 1, 'a');
    expect(found('identity', dead.dead('orders', 'other', 1, 1, 'a'))).toHaveLength(1);
  });
});

describe('expiry', () => {
  const ttl = 500;
  const sent = () => history().broker('started').published('a', 'log', { ttl });
  const seen = (writer: HistoryWriter, timestamp: number, asOf: number) =>
    found('expiry', writer.seen('log', 1, 'a', { timestamp, asOf }));

  it('finds what was sent when its ttl had passed for certain', () => {
    expect(seen(sent(), START, START + ttl + 900)).toEqual([]);
    expect(seen(sent(), START, START + ttl + 1100)).toEqual([
      'a (log 1) was delivered to reader at least 1100 ms after its ttl of 500 ms',
    ]);
  });

  it('goes by what the broker had read last, not by when the delivery was read', () => {
    expect(seen(sent().wait(HOUR), START, START + 100)).toEqual([]);
  });

  it('knows a clock that was set forward, also when it was set back again', () => {
    const forward = () => sent().clock(HOUR);
    expect(seen(forward(), START, START + 100)).toHaveLength(1);
    expect(seen(forward(), START + HOUR, START + 100)).toEqual([]);
    // The broker's time was seen to be an hour ahead, and does not go back.
    const back = () =>
      forward()
        .published('b', 'log')
        .seen('log', 2, 'b', { timestamp: START + HOUR })
        .clock(0);
    expect(seen(back(), START, START + 100)).toHaveLength(1);
    expect(seen(back().broker('started'), START, START + 100)).toEqual([]);
  });
});

describe('plain-order', () => {
  const three = () => history().sent('a', 'log').sent('b', 'log').sent('c', 'log').seen('log', 1, 'a');

  it('finds a silent hole, and takes an announced one', () => {
    expect(found('plain-order', three().seen('log', 3, 'c'))).toEqual(['reader was not told of log 2 to 2']);
    expect(found('plain-order', three().gap('log', 2, 2).seen('log', 3, 'c'))).toEqual([]);
    expect(found('plain-order', three().gap('log', 3, 3))).toHaveLength(1);
  });

  it('finds what comes twice, or late', () => {
    expect(found('plain-order', three().seen('log', 1, 'a'))).toEqual(['reader saw log 1 after 1']);
    const late = three().seen('log', 3, 'c').seen('log', 2, 'b');
    expect(found('plain-order', late)).toContain('reader saw log 2 after 3');
  });

  it('finds what is held behind the last that was seen', () => {
    const held = three().held('log', 1, 'a').held('log', 2, 'b').audited('log', 3);
    expect(found('plain-order', held)).toEqual(['reader saw log up to 1, and it went on to 2']);
  });

  it('finds a gap over what is held', () => {
    const gap = three().gap('log', 2, 2).held('log', 1, 'a').held('log', 2, 'b');
    expect(found('plain-order', gap)).toEqual([
      'reader was told that log 2 is gone (expired), and it is held',
    ]);
  });

  it('does not mind where the auditor begins', () => {
    expect(found('plain-order', history().sent('a', 'log').held('log', 9, 'a'))).toEqual([]);
  });
});

describe('publish-order', () => {
  it('finds what changed places on its way in', () => {
    const sent = (more: object) => history().sent('a', 'log', more).sent('b', 'log').seen('log', 1, 'b');
    expect(found('publish-order', sent({}).seen('log', 2, 'a'))).toHaveLength(1);
    expect(found('publish-order', sent({ delay: 20 }).seen('log', 2, 'a'))).toEqual([]);
  });
});

describe('key-order', () => {
  const key = 'k';
  const first = () => history().sent('a', 'orders').sent('b', 'orders').opened(1).opened(2);
  const start = () => first().delivered('orders', 'billing', 1, 'a', { key });
  const second = (writer: HistoryWriter) =>
    found('key-order', writer.delivered('orders', 'billing', 2, 'b', { key }));

  it('finds a message that is delivered while one before it is unsettled', () => {
    const unsettled = ['orders, group billing, key k: 2 was delivered to member while 1 was unsettled'];
    expect(second(start())).toEqual(unsettled);
    expect(second(start().settle('nack', 'orders', 'billing', [1]))).toEqual(unsettled);
    expect(second(start().settle('ack', 'orders', 'billing', [1], 'NOT_IN_FLIGHT'))).toEqual(unsettled);
    const again = start().settle('ack', 'orders', 'billing', [1], 'lost');
    again.delivered('orders', 'billing', 1, 'a', { key, deliveryCount: 2 });
    expect(second(again)).toEqual(unsettled);
  });

  it('takes it when the one before was settled, may have been, is a dead letter or has expired', () => {
    expect(second(start().settle('ack', 'orders', 'billing', [1]))).toEqual([]);
    expect(second(start().settle('ack', 'orders', 'billing', [1], 'lost'))).toEqual([]);
    expect(second(start().settle('terminate', 'orders', 'billing', [1]))).toEqual([]);
    expect(second(start().dead('orders', 'billing', 1, 1, 'a'))).toEqual([]);
    const fleeting = history().sent('a', 'orders', { ttl: 10 }).sent('b', 'orders');
    fleeting.delivered('orders', 'billing', 1, 'a', { key }).wait(20);
    expect(second(fleeting)).toEqual([]);
  });

  it('takes it when the one before came again between its ack and the answer, which it was sent before', () => {
    const asked = { type: 'settling', verb: 'ack', topic: 'orders', group: 'billing', sequences: [1] };
    const crossed = start()
      .add({ ...asked, actor: 'member', request: 7 })
      .delivered('orders', 'billing', 1, 'a', { key, deliveryCount: 2 })
      .add({ type: 'settled', request: 7 });
    expect(second(crossed)).toEqual([]);
  });

  it('finds first deliveries in the wrong order', () => {
    const wrong = first().delivered('orders', 'billing', 2, 'b', { key });
    wrong.settle('ack', 'orders', 'billing', [2]).delivered('orders', 'billing', 1, 'a', { key });
    expect(found('key-order', wrong)).toEqual([
      'orders, group billing, key k: 1 was delivered to member after 2',
    ]);
  });

  it('does not mind other keys, and other groups', () => {
    const others = start()
      .delivered('orders', 'billing', 2, 'b', { key: 'other' })
      .delivered('orders', 'shipping', 2, 'b', { key });
    expect(found('key-order', others)).toEqual([]);
  });

  it('passes over a delivery that was read long after it was made', () => {
    const late = first()
      .delivered('orders', 'billing', 1, 'a', { key, connection: 2, deliveryCount: 2 })
      .settle('ack', 'orders', 'billing', [1])
      .delivered('orders', 'billing', 2, 'b', { key, connection: 2 })
      .delivered('orders', 'billing', 1, 'a', { key, connection: 1, deliveryCount: 1 });
    expect(found('key-order', late)).toEqual([]);
  });

  it('also when its message was a dead letter before it was read, unless it was surely made after', () => {
    const read = (more: object) => {
      const second = first().delivered('orders', 'billing', 2, 'b', { key, connection: 2 });
      const end = second.wait(1000).delivered('orders', 'billing', 1, 'a', { key, connection: 1, ...more });
      return found('key-order', end.dead('orders', 'billing', 1, 1, 'a'));
    };
    expect(read({ asOf: START })).toEqual([]);
    expect(read({})).toHaveLength(1);
    expect(read({ asOf: START, connection: 2 })).toHaveLength(1);
  });
});

describe('lasting-acks', () => {
  const settled = (verb: 'ack' | 'nack' | 'terminate', answer: 'done' | 'lost' = 'done') =>
    history().opened(1).delivered('orders', 'billing', 1, 'a').settle(verb, 'orders', 'billing', [1], answer);
  const again = (writer: HistoryWriter, deliveryCount: number, connection = 1) =>
    found('lasting-acks', writer.delivered('orders', 'billing', 1, 'a', { deliveryCount, connection }));

  it('finds a delivery after an ack, a terminate or a transaction was answered', () => {
    expect(again(settled('ack'), 2)).toHaveLength(1);
    expect(again(settled('terminate'), 2)).toHaveLength(1);
    const transaction = history().delivered('orders', 'billing', 1, 'a').processed(7, 1, 'a');
    expect(again(transaction, 2)).toHaveLength(1);
  });

  it('also when the broker has forgotten how often it delivered it', () => {
    expect(again(settled('ack').opened(2), 1, 2)).toHaveLength(1);
  });

  it('takes one after a nack, and after an ack without an answer', () => {
    expect(again(settled('nack'), 2)).toEqual([]);
    expect(again(settled('ack', 'lost'), 2)).toEqual([]);
  });
});

describe('ack-deadlines', () => {
  const first = () => history().opened(1).opened(2).delivered('orders', 'billing', 1, 'a');
  const again = (writer: HistoryWriter) =>
    found(
      'ack-deadlines',
      writer.delivered('orders', 'billing', 1, 'a', { connection: 2, deliveryCount: 2 }),
    );

  it('finds a delivery that comes again too soon', () => {
    expect(again(first().wait(900))).toEqual([
      'orders 1 was delivered to member again at most 901 ms after its ack deadline of 1000 ms in group billing began',
    ]);
    expect(again(first().wait(1000))).toEqual([]);
  });

  it('also after a touch, if that was done', () => {
    const touched = (answer: 'done' | 'lost' | 'NOT_IN_FLIGHT') =>
      first().wait(500).settle('touch', 'orders', 'billing', [1], answer).wait(900);
    expect(again(touched('done'))).toHaveLength(1);
    expect(again(touched('lost'))).toEqual([]);
    expect(again(touched('NOT_IN_FLIGHT'))).toEqual([]);
  });

  it('takes one that failed, or whose member or broker is gone', () => {
    expect(again(first().settle('nack', 'orders', 'billing', [1]))).toEqual([]);
    expect(again(first().add({ type: 'closed', connection: 1 }))).toEqual([]);
    expect(again(first().broker('killed').broker('started'))).toEqual([]);
  });
});

describe('whole-transactions', () => {
  const effect = (writer: HistoryWriter) => writer.seen('effects', 1, 'effects-of-a', { transaction: 7 });
  const entry = (writer: HistoryWriter) => writer.seen('log', 1, 'log-of-a', { transaction: 7 });
  const processed = (answer: 'done' | 'lost' | 'NOT_IN_FLIGHT') => history().processed(7, 1, 'a', answer);

  it('finds one that is torn, whatever was answered', () => {
    for (const answer of ['done', 'lost', 'NOT_IN_FLIGHT'] as const)
      expect(found('whole-transactions', effect(processed(answer)))).toHaveLength(1);
  });

  it('finds a committed one of which nothing is there, and a refused one that is there', () => {
    expect(found('whole-transactions', processed('done'))).toHaveLength(1);
    expect(found('whole-transactions', entry(effect(processed('NOT_IN_FLIGHT'))))).toHaveLength(1);
  });

  it('takes one that has an input twice, whose effects are stored once', () => {
    const twice = [1, 1].flatMap(() => [
      { id: 'effects-of-a', topic: 'effects', of: 'a' },
      { id: 'log-of-a', topic: 'log', of: 'a' },
    ]);
    const writer = history().settle('transaction', 'orders', 'billing', [1, 1], 'done', {
      request: 7,
      publishes: twice,
    });
    expect(found('whole-transactions', entry(effect(writer)))).toEqual([]);
  });

  it('takes all or nothing of one without an answer', () => {
    expect(found('whole-transactions', processed('lost'))).toEqual([]);
    expect(found('whole-transactions', entry(effect(processed('lost'))))).toEqual([]);
  });
});

describe('single-effects', () => {
  const both = (writer: HistoryWriter, transaction: number) =>
    writer.seen('effects', 1, 'effects-of-a', { transaction }).seen('log', 1, 'log-of-a', { transaction });

  it('finds an effect that is missing, double, or of an input that was not acked', () => {
    expect(found('single-effects', history().processed(7, 1, 'a'))).toHaveLength(2);
    const double = both(history().processed(7, 1, 'a'), 7).seen('effects', 2, 'effects-of-a');
    expect(found('single-effects', double)).toEqual(['effects has 2 of effects-of-a, and should have 1']);
    expect(found('single-effects', both(history().processed(7, 1, 'a', 'NOT_IN_FLIGHT'), 7))).toHaveLength(2);
  });

  it('finds an input that was processed twice', () => {
    const twice = both(history().processed(7, 1, 'a').processed(8, 1, 'a'), 7);
    expect(found('single-effects', twice)).toContain('a was processed by 2 transactions');
  });

  it('takes an input whose first transaction was refused', () => {
    expect(
      found('single-effects', both(history().processed(7, 1, 'a', 'NOT_IN_FLIGHT').processed(8, 1, 'a'), 8)),
    ).toEqual([]);
  });
});

it('tells at most twenty violations of an invariant', () => {
  const many = history();
  for (let i = 0; i < 100; i++) many.published(`m${i}`, 'log');
  many.audited('log', 1);
  expect(found('arrival', many)).toHaveLength(20);
});
