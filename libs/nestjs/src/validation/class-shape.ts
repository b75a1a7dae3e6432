import { plainToInstance } from 'class-transformer';
import type { TypeMetadata } from 'class-transformer/types/interfaces';
import { decorationsOf } from './class-decorations';

type Class = new () => object;
type Plain = Readonly<Record<string, unknown>>;

/** Of these, class-transformer makes something of its own. */
const OF_THE_LANGUAGE: readonly unknown[] = [String, Number, Boolean, Date, Buffer, Object, Array, Map, Set];

/** Properties that are dropped on the way, since they could change what an object is. */
const DROPPED: readonly string[] = ['__proto__', 'prototype', 'constructor'];

const known = new WeakMap<object, ClassShape>();

/** An instance of the class, as class-transformer's `plainToInstance` makes it without options. Throws what that throws. */
export function instanceOf<T extends object>(type: new () => T, plain: object): T {
  return (ClassShape.of(type).instanceOf(plain) as T | undefined) ?? plainToInstance(type, plain);
}

/**
 * What class-transformer's decorators say of a class, read once. class-transformer looks for them anew for each property of
 * each object.
 */
export class ClassShape {
  /** Whether something is said that is beyond what is read here. */
  readonly #unread: boolean;
  readonly #types: ReadonlyMap<string, TypeMetadata> = new Map();
  /** What the prototype has for itself. */
  readonly #taken: ReadonlySet<string>;

  private constructor(private readonly type: Class) {
    const decorations = decorationsOf(type);
    this.#taken = new Set(readOnlyNames(type.prototype));
    this.#unread =
      decorations === undefined ||
      !decorations.typesOnly ||
      OF_THE_LANGUAGE.includes(type) ||
      ![...decorations.types.values()].every(isRead);
    if (decorations !== undefined) this.#types = decorations.types;
  }

  static of(type: Class): ClassShape {
    let shape = known.get(type);
    if (shape === undefined) known.set(type, (shape = new ClassShape(type)));
    return shape;
  }

  /**
   * An instance, as `plainToInstance` makes it; `undefined` where it is not certain to be the same, and then `plain` is
   * as it was. Throws what the class's constructor and setters throw.
   */
  instanceOf(plain: object): object | undefined {
    if (this.#unread || !isPlain(plain)) return undefined;
    const instance = new this.type() as Record<string, unknown>;
    if (instance.constructor !== this.type) return undefined;
    for (const key of Object.keys(plain)) {
      if (DROPPED.includes(key)) return undefined;
      const value = this.#valueOf(plain, key, instance);
      if (value === undefined) return undefined;
      if (!this.#taken.has(key) && !(instance[key] instanceof Function)) instance[key] = value;
    }
    return instance;
  }

  /** `undefined`: not certain. */
  #valueOf(plain: Plain, key: string, instance: object): unknown {
    const value = plain[key];
    if (isPrimitive(value) && this.#types.size === 0) return value;
    const said = this.#types.get(key);
    if (said === undefined) return copyOf(value);
    const type: unknown = said.typeFunction({ newObject: instance, object: plain, property: key });
    if (typeof type !== 'function' || OF_THE_LANGUAGE.includes(type)) return undefined;
    if (Array.isArray(value) && said.reflectedType !== Array) return undefined;
    return membersOf(value, (member) => ClassShape.of(type as Class).instanceOf(member));
  }
}

/** What `make` makes of an object, or of those in an array; `undefined` where it does so of one of them. */
function membersOf(value: unknown, make: (member: object) => object | undefined): unknown {
  if (isPrimitive(value)) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  if (!Array.isArray(value)) return make(value);
  const members: unknown[] = [];
  for (const each of value as readonly unknown[]) {
    const member = membersOf(each, make);
    if (member === undefined) return undefined;
    members.push(member);
  }
  return members;
}

/** Of JSON to which no class belongs. */
function copyOf(value: unknown): unknown {
  return membersOf(value, copyOfObject);
}

function copyOfObject(plain: object): object | undefined {
  if (!isPlain(plain)) return undefined;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(plain)) {
    // What every object has is not written over.
    const value = key in copy || DROPPED.includes(key) ? undefined : copyOf(plain[key]);
    if (value === undefined) return undefined;
    copy[key] = value;
  }
  return copy;
}

/** Of JSON. */
function isPrimitive(value: unknown): boolean {
  return (
    value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  );
}

function isPlain(value: object): value is Plain {
  return Object.getPrototypeOf(value) === Object.prototype;
}

/** Discriminators choose among classes, and a map's values are of the class. */
function isRead({ options, reflectedType, typeFunction }: TypeMetadata): boolean {
  return typeof typeFunction === 'function' && options?.discriminator === undefined && reflectedType !== Map;
}

function readOnlyNames(prototype: object): string[] {
  const descriptors = Object.entries(Object.getOwnPropertyDescriptors(prototype));
  return descriptors.filter(([, { set }]) => set === undefined).map(([name]) => name);
}
