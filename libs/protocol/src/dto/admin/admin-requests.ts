import { ADMIN_VERBS, type AdminVerb } from '../../admin-verbs';
import { errorFor } from '../../errors/error-classes';
import { checkedInstance, MemberProblem } from '../member-checks';
import { CloseConnectionDto, ListConnectionsDto } from './connection-requests';
import { DeleteGroupDto, GroupInfoDto, ListGroupsDto, ResetGroupDto } from './group-requests';
import {
  BrowseTopicDto,
  CreateTopicDto,
  DeleteTopicDto,
  ListTopicsDto,
  PurgeTopicDto,
  RedriveTopicDto,
  TopicInfoDto,
  UpdateTopicDto,
} from './topic-requests';

/** What the message of each admin verb's request must be. */
export const ADMIN_DTOS = {
  [ADMIN_VERBS.listTopics]: ListTopicsDto,
  [ADMIN_VERBS.createTopic]: CreateTopicDto,
  [ADMIN_VERBS.updateTopic]: UpdateTopicDto,
  [ADMIN_VERBS.deleteTopic]: DeleteTopicDto,
  [ADMIN_VERBS.purgeTopic]: PurgeTopicDto,
  [ADMIN_VERBS.topicInfo]: TopicInfoDto,
  [ADMIN_VERBS.browseTopic]: BrowseTopicDto,
  [ADMIN_VERBS.redriveTopic]: RedriveTopicDto,
  [ADMIN_VERBS.listGroups]: ListGroupsDto,
  [ADMIN_VERBS.groupInfo]: GroupInfoDto,
  [ADMIN_VERBS.resetGroup]: ResetGroupDto,
  [ADMIN_VERBS.deleteGroup]: DeleteGroupDto,
  [ADMIN_VERBS.listConnections]: ListConnectionsDto,
  [ADMIN_VERBS.closeConnection]: CloseConnectionDto,
} as const satisfies Record<AdminVerb, new () => object>;

/**
 * The request of an admin verb, with defaults for what is left out. Throws `VALIDATION_FAILED`, which names the member
 * that is missing, wrong or unknown.
 */
export function readAdminRequest<Verb extends AdminVerb>(
  verb: Verb,
  message: unknown,
): InstanceType<(typeof ADMIN_DTOS)[Verb]> {
  const request = checkedInstance<object>(ADMIN_DTOS[verb], message);
  if (!(request instanceof MemberProblem)) return request as InstanceType<(typeof ADMIN_DTOS)[Verb]>;
  const { member, text } = request;
  if (member === '') throw errorFor('VALIDATION_FAILED', `The message of ${verb} ${text}`);
  throw errorFor('VALIDATION_FAILED', text, { field: member });
}
