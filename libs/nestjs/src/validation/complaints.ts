import { getMetadataStorage, type ValidationError } from 'class-validator';

/** One thing that class-validator finds wrong. */
export interface Complaint {
  /** The field's name, with dots between levels. */
  readonly path: string;
  readonly value: unknown;
  /** What the value must be; a text of the author's own as it is. */
  readonly text: string;
  /** For people: the text with the path. */
  readonly sentence: string;
}

/** What is wrong with a value's fields, and with those below them. */
export function complaintsOf(errors: readonly ValidationError[], parent = ''): Complaint[] {
  return errors.flatMap(({ property, value, constraints = {}, children = [] }) => {
    const path = `${parent}${property}`;
    const own = Object.values(constraints).map((said): Complaint => {
      // class-validator's own texts begin with the property, mostly.
      if (!said.startsWith(`${property} `)) return { path, value, text: said, sentence: `${path}: ${said}` };
      const text = said.slice(property.length + 1);
      return { path, value, text, sentence: `${path} ${text}` };
    });
    return [...own, ...complaintsOf(children, `${path}.`)];
  });
}

/** Whether a class has decorators of class-validator. */
export function isDecorated(type: new () => unknown): boolean {
  return getMetadataStorage().getTargetValidationMetadatas(type, '', true, false).length > 0;
}
