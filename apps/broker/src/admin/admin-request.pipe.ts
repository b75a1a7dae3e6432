import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { ADMIN_DTOS, type AdminVerb, readAdminRequest } from '@pochta/protocol/dto';

const VERBS = new Map<unknown, AdminVerb>(
  Object.entries(ADMIN_DTOS).map(([verb, dto]) => [dto, verb as AdminVerb]),
);

/**
 * Checks the request of an admin verb against the class of its `@Payload()` parameter, by the class's class-validator
 * decorators: the handler gets an instance, with defaults. Throws `VALIDATION_FAILED`, which names the member that is
 * missing, wrong or unknown.
 */
@Injectable()
export class AdminRequestPipe implements PipeTransform {
  transform(value: unknown, { metatype }: ArgumentMetadata): unknown {
    const verb = VERBS.get(metatype);
    return verb === undefined ? value : readAdminRequest(verb, value);
  }
}
