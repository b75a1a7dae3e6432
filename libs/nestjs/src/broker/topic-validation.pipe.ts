import {
  type ArgumentMetadata,
  Injectable,
  type PipeTransform,
  type Type,
  ValidationPipe,
} from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { classToPlain, plainToInstance } from 'class-transformer';
import { validate, type ValidationError, type ValidatorOptions } from 'class-validator';
import { ClassRules } from '../validation/class-rules';
import { ClassShape } from '../validation/class-shape';
import { complaintsOf } from '../validation/complaints';

/**
 * Checks the payload of a decorated topic against the class of its `@Payload()` parameter, by the class's
 * class-validator decorators.
 *
 * The handler gets an instance of the class. Fields that the class does not know are kept. Nothing is converted: a
 * number in quotes is not a number. Throws an `RpcException` with the code `VALIDATION_FAILED` whose message names
 * every field that does not fit. A parameter of the type `Uint8Array` or `Buffer` takes payloads that are not JSON, and no
 * others.
 */
@Injectable()
export class TopicValidationPipe implements PipeTransform {
  readonly #thorough = new ThoroughPipe();

  /** Gives no promise for a payload that is known to fit. */
  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    // A method's pipes run for all its parameters; the payload is the one that Nest calls a body.
    if (metadata.type !== 'body') return value;
    const name = metadata.data ?? 'message';
    const { metatype } = metadata;
    if (metatype === Uint8Array || metatype === Buffer) return bytesOf(value, name);
    if (!this.#thorough.validates(metadata)) return value;
    if (!isJsonObject(value)) throw refusal([`${name} must be a JSON object`]);
    const instance = ClassShape.of(metatype as Type<object>).instanceOf(value);
    if (instance !== undefined && ClassRules.of(instance.constructor).areMet(instance)) return instance;
    return this.#thorough.transform(value, metadata);
  }
}

/** Nest's own, with class-transformer and class-validator: for what is not known to fit, and to say what is wrong. */
class ThoroughPipe extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      transformOptions: { enableImplicitConversion: false },
      // Nest would load both by their names, which a bundle that has its own copies of them must not do.
      validatorPackage: { validate },
      transformerPackage: { classToPlain, plainToInstance },
      exceptionFactory: (errors) => refusal(complaintsOf(errors).map(({ sentence }) => sentence)),
    });
  }

  validates(metadata: ArgumentMetadata): boolean {
    return this.toValidate(metadata);
  }

  /** class-validator is asked for what is wrong, once something may be. */
  protected override validate(
    instance: object,
    options?: ValidatorOptions,
  ): Promise<ValidationError[]> | ValidationError[] {
    return ClassRules.of(instance.constructor).areMet(instance) ? [] : super.validate(instance, options);
  }
}

/** For a parameter that is declared as `Uint8Array` or `Buffer`. */
function bytesOf(value: unknown, name: string): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length);
  throw refusal([`${name} must be bytes with a content type, not JSON`]);
}

function isJsonObject(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}

function refusal(problems: readonly string[]): RpcException {
  return new RpcException({ code: 'VALIDATION_FAILED', message: problems.join('; ') });
}
