import { getMetadataStorage, validateSync } from 'class-validator';
import { isObject } from '../json-lines/field-checks';

/** One thing that is wrong with an object. */
export class MemberProblem {
  constructor(
    /** The member; empty when it is no object at all. */
    readonly member: string,
    /** Names the member and says what it must be. */
    readonly text: string,
  ) {}
}

/** Makes an instance of a class that has class-validator's decorators, if the value has the members that it must have. */
export function checkedInstance<T extends object>(type: new () => T, value: unknown): T | MemberProblem {
  if (!isObject(value)) return new MemberProblem('', 'must be an object');
  const known = memberNames(type);
  const unknown = Object.keys(value).find((name) => !known.has(name));
  if (unknown !== undefined) return new MemberProblem(unknown, `${unknown} is not known here`);
  const instance = Object.assign(new type(), value);
  const [error] = validateSync(instance);
  if (error === undefined) return instance;
  const { property, constraints = {} } = error;
  return new MemberProblem(property, Object.values(constraints)[0] ?? `${property} is wrong`);
}

function memberNames(type: new () => object): Set<string> {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(type, '', true, false);
  return new Set(metadata.map(({ propertyName }) => propertyName));
}
