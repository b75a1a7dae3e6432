import { applyDecorators, Controller, UseFilters, UsePipes } from '@nestjs/common';
import { AdminRequestPipe } from './admin-request.pipe';
import { PochtaErrorFilter } from './pochta-error.filter';

/** A controller whose handlers are admin verbs: their requests are checked, and errors keep their codes. */
export function AdminController(): ClassDecorator {
  return applyDecorators(Controller(), UsePipes(AdminRequestPipe), UseFilters(PochtaErrorFilter));
}
