import { MessagePattern, Payload } from '@nestjs/microservices';
import { Administration, type ConnectionAdministration, type ConnectionList } from '@pochta/broker-core';
import { ADMIN_VERBS, CloseConnectionDto, ListConnectionsDto } from '@pochta/protocol/dto';
import { AdminController } from './admin.decorators';

/** The verbs `$pochta.connections.*`. */
@AdminController()
export class ConnectionsAdminController {
  readonly #connections: ConnectionAdministration;

  constructor({ connections }: Administration) {
    this.#connections = connections;
  }

  @MessagePattern(ADMIN_VERBS.listConnections)
  list(@Payload() request: ListConnectionsDto): ConnectionList {
    return this.#connections.list(request);
  }

  @MessagePattern(ADMIN_VERBS.closeConnection)
  close(@Payload() { connection }: CloseConnectionDto): { connection: string; closed: true } {
    this.#connections.close(connection);
    return { connection, closed: true };
  }
}
