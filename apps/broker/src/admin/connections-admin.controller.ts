import { MessagePattern, Payload } from '@nestjs/microservices';
import { ADMIN_VERBS, CloseConnectionDto, ListConnectionsDto } from '@pochta/protocol/dto';
import { AdminAnswers } from '@pochta/server';
import { AdminController } from './admin.decorators';

/** The verbs `$pochta.connections.*`. */
@AdminController()
export class ConnectionsAdminController {
  constructor(private readonly answers: AdminAnswers) {}

  @MessagePattern(ADMIN_VERBS.listConnections)
  list(@Payload() request: ListConnectionsDto) {
    return this.answers[ADMIN_VERBS.listConnections](request);
  }

  @MessagePattern(ADMIN_VERBS.closeConnection)
  close(@Payload() request: CloseConnectionDto) {
    return this.answers[ADMIN_VERBS.closeConnection](request);
  }
}
