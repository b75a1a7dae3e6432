import { ValidateBy } from 'class-validator';

/** Whether a name can be told from others, and does not break a log line: no control characters, and nothing that turns text. */
export const IsPlainText = (): PropertyDecorator =>
  ValidateBy({
    name: 'isPlainText',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'string' && !/[\p{Cc}\p{Cs}\p{Bidi_Control}]/u.test(value),
      defaultMessage: () => '$property must not have control characters',
    },
  });
