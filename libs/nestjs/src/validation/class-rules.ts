import { getMetadataStorage, type ValidationArguments, ValidationTypes } from 'class-validator';
import { isPromise } from '../codecs/promises';

type Metadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];
type Class = Metadata['constraintCls'];
type Constraint = ReturnType<
  ReturnType<typeof getMetadataStorage>['getTargetValidatorConstraints']
>[number]['instance'];
type Condition = (object: unknown, value: unknown) => boolean;

/** One decorator's check. */
interface Rule {
  readonly constraint: Constraint;
  /** Of the members of an array, where the value is one. */
  readonly each: boolean;
  readonly constraints: unknown[];
}

interface PropertyRules {
  readonly property: string;
  /** The property is checked when all of these hold, as `@IsOptional` says. */
  readonly conditions: readonly Condition[];
  readonly rules: readonly Rule[];
  /** Whether the classes of what is inside have their say. */
  readonly nested: boolean;
}

const CHECKS: readonly string[] = [ValidationTypes.IS_DEFINED, ValidationTypes.CUSTOM_VALIDATION];

const READ: readonly string[] = [
  ...CHECKS,
  ValidationTypes.CONDITIONAL_VALIDATION,
  ValidationTypes.NESTED_VALIDATION,
  ValidationTypes.WHITELIST,
];

const known = new WeakMap<object, ClassRules>();

/**
 * The class-validator decorators of one class, read once. class-validator finds, groups and filters them for each object
 * anew, and makes an error for each property before it knows of one.
 */
export class ClassRules {
  /** `undefined`: some decorator is beyond what is read here. */
  readonly #properties: readonly PropertyRules[] | undefined;

  private constructor(private readonly type: Class) {
    const metadata = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
    if (metadata.every(isRead)) this.#properties = [...byProperty(metadata)].map(propertyRules);
  }

  static of(type: Class): ClassRules {
    let rules = known.get(type);
    if (rules === undefined) known.set(type, (rules = new ClassRules(type)));
    return rules;
  }

  /**
   * Whether class-validator's `validate` would find nothing wrong with an instance, by its own constraints. What is not
   * certain is not met: then `validate` has the last word. Throws what a constraint throws.
   */
  areMet(instance: object): boolean {
    if (this.#properties === undefined) return false;
    for (const property of this.#properties) if (!this.#isMet(property, instance)) return false;
    return true;
  }

  #isMet({ property, conditions, rules, nested }: PropertyRules, object: object): boolean {
    const value = (object as Record<string, unknown>)[property];
    for (const holds of conditions) if (!holds(object, value)) return true;
    for (const { constraint, each, constraints } of rules) {
      const told = { targetName: this.type.name, property, object, value, constraints };
      const met =
        each && isCollection(value)
          ? Array.isArray(value) && value.every((member) => allows(constraint, member, told))
          : allows(constraint, value, told);
      if (!met) return false;
    }
    return !nested || isMetWithin(value);
  }
}

function allows(constraint: Constraint, value: unknown, told: ValidationArguments): boolean {
  const answer = constraint.validate(value, told);
  // `validate` asks again, and hears of an error itself.
  if (isPromise(answer)) answer.then(undefined, () => undefined);
  return answer === true;
}

/** What `@ValidateNested` asks for. */
function isMetWithin(value: unknown): boolean {
  if (value === undefined) return true;
  if (Array.isArray(value)) return value.every(isMetWithin);
  if (!(value instanceof Object) || isCollection(value)) return false;
  return typeof value.constructor === 'function' && ClassRules.of(value.constructor).areMet(value);
}

function isCollection(value: unknown): boolean {
  return Array.isArray(value) || value instanceof Set || value instanceof Map;
}

function isRead({ type, validateIf, constraintCls }: Metadata): boolean {
  if (!READ.includes(type) || validateIf !== undefined) return false;
  return !CHECKS.includes(type) || !constraintsOf(constraintCls).some(({ async }) => async);
}

function constraintsOf(type: Class) {
  return getMetadataStorage().getTargetValidatorConstraints(type);
}

function byProperty(metadata: readonly Metadata[]): Map<string, Metadata[]> {
  const grouped = new Map<string, Metadata[]>();
  for (const each of metadata) {
    const group = grouped.get(each.propertyName);
    if (group === undefined) grouped.set(each.propertyName, [each]);
    else group.push(each);
  }
  return grouped;
}

function propertyRules([property, metadata]: readonly [string, readonly Metadata[]]): PropertyRules {
  const ofType = (...types: readonly string[]) => metadata.filter(({ type }) => types.includes(type));
  return {
    property,
    conditions: ofType(ValidationTypes.CONDITIONAL_VALIDATION).map(
      ({ constraints }) => constraints[0] as Condition,
    ),
    rules: ofType(...CHECKS).flatMap(({ constraintCls, each, constraints }) =>
      constraintsOf(constraintCls).map(({ instance }) => ({ constraint: instance, each, constraints })),
    ),
    nested: ofType(ValidationTypes.NESTED_VALIDATION).length > 0,
  };
}
