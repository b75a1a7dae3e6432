import type { Type } from '@nestjs/common';
import { neededPackage } from '../optional-package';
import { isDecorated } from '../validation/complaints';
import type { JsonSchema } from './asyncapi-document';
import { UniqueNames } from './unique-names';

/** A class with class-validator's decorators, or `[Class]` for an array of its instances. */
export type PayloadSource = Type | readonly [Type];

const PLAIN: ReadonlyMap<unknown, JsonSchema> = new Map<unknown, JsonSchema>([
  [String, { type: 'string' }],
  [Number, { type: 'number' }],
  [Boolean, { type: 'boolean' }],
  [Date, { type: 'string', format: 'date-time' }],
  [Array, { type: 'array' }],
]);

/** A validator of a property, as class-validator-jsonschema gives it to a converter. */
interface ValidatedProperty {
  readonly target: Type;
  readonly propertyName: string;
  /** Whether it is for the elements of an array. */
  readonly each: boolean;
  readonly constraints: readonly unknown[];
}

// The types of optional packages must not be needed by those who do without.
interface SchemaGenerator {
  targetConstructorToSchema(type: Type, options: object): JsonSchema;
}

/** What class-transformer's decorators say. */
interface TransformerStorage {
  findTypeMetadata(target: Type, property: string): { typeFunction(): unknown } | undefined;
  getExposedMetadatas(target: Type): unknown;
  findExcludeMetadata(target: Type, property: string): unknown;
}

/** JSON Schemas of payload classes, each under a name of its own among the document's components. */
export class PayloadSchemas {
  readonly #names = new Map<unknown, string>();
  readonly #unique = new UniqueNames();
  readonly #schemas: Record<string, JsonSchema> = {};
  #generate: ((type: Type) => JsonSchema) | undefined;

  get all(): Readonly<Record<string, JsonSchema>> {
    return this.#schemas;
  }

  /** The schema, or a reference to it; `undefined` when the class says nothing of its instances. */
  schemaOf(source: PayloadSource | undefined): JsonSchema | undefined {
    if (isArrayOf(source)) return { type: 'array', items: this.schemaOf(source[0]) ?? {} };
    const plain = PLAIN.get(source);
    if (plain !== undefined) return plain;
    return source !== undefined && isDecorated(source) ? this.#reference(source) : undefined;
  }

  /** What a message of that class is called. */
  nameOf(source: PayloadSource | undefined): string | undefined {
    if (isArrayOf(source)) return `${this.nameOf(source[0]) ?? 'Any'}s`;
    return this.schemaOf(source) === undefined
      ? undefined
      : (this.#names.get(source) ?? (source as Type).name);
  }

  #reference(type: Type): JsonSchema {
    let name = this.#names.get(type);
    if (name === undefined) {
      name = this.#unique.take(type.name.replace(/[^\w.-]/g, '_') || 'Payload');
      // Before its fields: one of them may be of the same class.
      this.#names.set(type, name);
      this.#generate ??= this.#generator();
      this.#schemas[name] = this.#generate(type);
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  #generator(): (type: Type) => JsonSchema {
    const what = 'The AsyncAPI document of payload classes';
    const { targetConstructorToSchema } = neededPackage<SchemaGenerator>('class-validator-jsonschema', what);
    // It has no public way to what `@Type` says, without which the elements of an array are not known.
    const { defaultMetadataStorage: transformer } = neededPackage<{
      defaultMetadataStorage: TransformerStorage;
    }>('class-transformer/cjs/storage', what);
    const nested = (property: ValidatedProperty): JsonSchema => this.#nested(property, transformer);
    const options = {
      additionalConverters: {
        nestedValidation: nested,
        customValidation: nested,
        isEnum: enumeration,
        isDate: PLAIN.get(Date)!,
      },
      classTransformerMetadataStorage: {
        // Ours to look up: it would make an instance of the class to see what it is.
        findTypeMetadata: () => undefined,
        getExposedMetadatas: (target: Type) => transformer.getExposedMetadatas(target),
        findExcludeMetadata: (target: Type, property: string) =>
          transformer.findExcludeMetadata(target, property),
      },
    };
    return (type) => targetConstructorToSchema(type, options);
  }

  /** The schema of a property's class, or of its elements' class. */
  #nested({ target, propertyName, each }: ValidatedProperty, transformer: TransformerStorage): JsonSchema {
    const declared = transformer.findTypeMetadata(target, propertyName)?.typeFunction();
    const designed: unknown = Reflect.getMetadata('design:type', target.prototype as object, propertyName);
    const type = declared ?? designed;
    return (each && type === Array ? undefined : this.schemaOf(type as Type | undefined)) ?? {};
  }
}

/** TypeScript's enums of numbers also have the names of their values, by number. */
function enumeration({ constraints }: ValidatedProperty): JsonSchema {
  const entries = Object.entries(constraints[0] as Record<string, string | number>);
  const values = entries.filter(([key]) => !/^\d+$/.test(key)).map(([, value]) => value);
  const types = new Set(values.map((value) => typeof value));
  return { ...(types.size === 1 && { type: [...types][0] }), enum: values };
}

function isArrayOf(source: PayloadSource | undefined): source is readonly [Type] {
  return Array.isArray(source);
}
