import { Exclude, Expose, Transform, Type } from 'class-transformer';
// @ts-expect-error The package has no types beside this file. A declaration of our own is not seen by who takes in our source.
import { defaultMetadataStorage } from 'class-transformer/cjs/storage';
import type { TypeMetadata } from 'class-transformer/types/interfaces';

/** As class-transformer has them: by class, and by property within it. */
type Decorations<Said> = ReadonlyMap<object, ReadonlyMap<string | undefined, Said>>;

interface Tables {
  readonly _typeMetadatas: Decorations<TypeMetadata>;
  readonly _transformMetadatas: Decorations<unknown>;
  readonly _exposeMetadatas: Decorations<unknown>;
  readonly _excludeMetadatas: Decorations<unknown>;
}

// It has no public way to all that decorators say of a class.
const { _typeMetadatas, _transformMetadatas, _exposeMetadatas, _excludeMetadatas } =
  defaultMetadataStorage as Tables;
const others = [_transformMetadatas, _exposeMetadatas, _excludeMetadatas];

let isReadable: boolean | undefined;

/** What class-transformer's decorators say of a class and of those that it extends. */
export interface ClassDecorations {
  /** By property. */
  readonly types: ReadonlyMap<string, TypeMetadata>;
  /** Whether `@Type` is all that they use. */
  readonly typesOnly: boolean;
}

/** `undefined` where that cannot be read. */
export function decorationsOf(type: object): ClassDecorations | undefined {
  // Not when this is loaded: reflect-metadata may come later.
  isReadable ??= writesAreSeen();
  return isReadable ? read(type) : undefined;
}

function read(type: object): ClassDecorations {
  const types = new Map<string, TypeMetadata>();
  let typesOnly = true;
  for (let each: unknown = type; typeof each === 'function'; each = Object.getPrototypeOf(each)) {
    const own = each;
    for (const [property, said] of _typeMetadatas.get(own) ?? [])
      if (property !== undefined && !types.has(property)) types.set(property, said);
    if (others.some((table) => table.has(own))) typesOnly = false;
  }
  return { types, typesOnly };
}

/** Whether this is where decorators write: a bundle may have a second copy of the package. */
function writesAreSeen(): boolean {
  class Probe {}
  const decorators = [Type(() => Probe), Transform(({ value }) => value as unknown), Expose(), Exclude()];
  for (const decorate of decorators) decorate(Probe.prototype, 'property');
  return [_typeMetadatas, ...others].every((table: unknown) => table instanceof Map && table.has(Probe));
}
