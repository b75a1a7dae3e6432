import { Injectable } from '@nestjs/common';
import { lastValueFrom } from 'rxjs';
import { startApp, startTestBroker } from '../fixtures/recipe-app';
import { stopServices } from '../fixtures/service';
import { InjectPochta, PochtaClientProxy, PochtaRecordBuilder } from '../src';

afterEach(stopServices);

interface Reminder {
  readonly id: string;
  readonly user: string;
}

// #region
@Injectable()
export class Reminders {
  constructor(@InjectPochta() private readonly pochta: PochtaClientProxy) {}

  async remind(reminder: Reminder): Promise<void> {
    const record = new PochtaRecordBuilder(reminder)
      .setHeaders({ tenant: 'acme' })
      .setKey(reminder.user) // those of one key are handled one at a time, in order
      .setPriority(7) // 0 to 9
      .setDelay(3_600_000) // ms until it is delivered
      .setTtl(86_400_000) // ms that it lives from then on
      .setMessageId(reminder.id) // a repeat of the publish is stored once
      .build();
    await lastValueFrom(this.pochta.emit('reminders', record), { defaultValue: undefined });
  }

  /** The same, with what `publish` takes. */
  remindToo(reminder: Reminder): Promise<void> {
    const { id: messageId, user: key } = reminder;
    return this.pochta.publish('reminders', reminder, { key, messageId, delay: 3_600_000 });
  }
}
// #endregion

test('Options of a single message', async () => {
  const broker = await startTestBroker();
  const { app } = await startApp(broker, { providers: [Reminders] });
  const reminders = app.get(Reminders);
  const reminder = { id: 'r1', user: 'ann' };
  await reminders.remind(reminder);
  await reminders.remindToo(reminder);
  expect(await broker.messages('reminders')).toEqual([]);
  await broker.advance(3_600_000);
  expect(await broker.messages('reminders')).toMatchObject([
    { value: reminder, key: 'ann', priority: 7, headers: { tenant: 'acme' } },
  ]);
  await broker.advance(86_400_000);
  expect(await broker.messages('reminders')).toEqual([]);
});
