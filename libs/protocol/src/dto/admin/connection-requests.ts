import { IsName, Optional } from '../field-decorators';
import { PageDto } from './admin-members';

/** `$pochta.connections.list`. */
export class ListConnectionsDto extends PageDto {
  /** The connection behind which the page begins: `next` of the page before. Default: the first one. */
  @Optional()
  @IsName()
  after?: string;
}

/** `$pochta.connections.close`; `UNKNOWN_CONNECTION` when there is none of that name. */
export class CloseConnectionDto {
  @IsName()
  connection!: string;
}
