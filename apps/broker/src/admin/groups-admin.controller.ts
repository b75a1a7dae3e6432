import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  ADMIN_VERBS,
  DeleteGroupDto,
  GroupInfoDto,
  ListGroupsDto,
  ResetGroupDto,
} from '@pochta/protocol/dto';
import { AdminAnswers } from '@pochta/server';
import { AdminController } from './admin.decorators';

/** The verbs `$pochta.groups.*`. */
@AdminController()
export class GroupsAdminController {
  constructor(private readonly answers: AdminAnswers) {}

  @MessagePattern(ADMIN_VERBS.listGroups)
  list(@Payload() request: ListGroupsDto) {
    return this.answers[ADMIN_VERBS.listGroups](request);
  }

  @MessagePattern(ADMIN_VERBS.groupInfo)
  info(@Payload() request: GroupInfoDto) {
    return this.answers[ADMIN_VERBS.groupInfo](request);
  }

  @MessagePattern(ADMIN_VERBS.resetGroup)
  reset(@Payload() request: ResetGroupDto) {
    return this.answers[ADMIN_VERBS.resetGroup](request);
  }

  @MessagePattern(ADMIN_VERBS.deleteGroup)
  delete(@Payload() request: DeleteGroupDto) {
    return this.answers[ADMIN_VERBS.deleteGroup](request);
  }
}
