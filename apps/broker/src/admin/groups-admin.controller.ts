import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  Administration,
  type GroupAdministration,
  type GroupList,
  type GroupReport,
} from '@pochta/broker-core';
import {
  ADMIN_VERBS,
  DeleteGroupDto,
  GroupInfoDto,
  ListGroupsDto,
  ResetGroupDto,
} from '@pochta/protocol/dto';
import { AdminController } from './admin.decorators';

/** The verbs `$pochta.groups.*`. */
@AdminController()
export class GroupsAdminController {
  readonly #groups: GroupAdministration;

  constructor({ groups }: Administration) {
    this.#groups = groups;
  }

  @MessagePattern(ADMIN_VERBS.listGroups)
  list(@Payload() { topic, limit, after }: ListGroupsDto): GroupList {
    return this.#groups.list(topic, { limit, after });
  }

  @MessagePattern(ADMIN_VERBS.groupInfo)
  info(@Payload() { topic, group }: GroupInfoDto): GroupReport {
    return this.#groups.info(topic, group);
  }

  @MessagePattern(ADMIN_VERBS.resetGroup)
  reset(@Payload() { topic, group, from }: ResetGroupDto): Promise<GroupReport> {
    return this.#groups.reset(topic, group, from);
  }

  @MessagePattern(ADMIN_VERBS.deleteGroup)
  async delete(
    @Payload() { topic, group }: DeleteGroupDto,
  ): Promise<{ topic: string; group: string; deleted: true }> {
    await this.#groups.delete(topic, group);
    return { topic, group, deleted: true };
  }
}
