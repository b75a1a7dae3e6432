import { IsIntegerFrom, Optional, Satisfies } from '../field-decorators';
import { checkedInstance, MemberProblem } from '../member-checks';
import { TopicPolicyDto } from '../topic-policy-dto';

/** A request for one page of a list. */
export abstract class PageDto {
  /** Most entries of the page, 1 to 1,000; default 100. */
  @Optional()
  @IsIntegerFrom(1, 1000)
  limit = 100;
}

/** A topic's policy, each field of which may be left out: what `TopicPolicyDto` takes, and nothing else. */
export function IsTopicPolicy(): PropertyDecorator {
  return Satisfies(
    'isTopicPolicy',
    (value) => policyProblem(value) ?? '',
    (value) => policyProblem(value) === undefined,
  );
}

function policyProblem(value: unknown): string | undefined {
  const policy = checkedInstance(TopicPolicyDto, value);
  if (!(policy instanceof MemberProblem)) return undefined;
  return policy.member === '' ? policy.text : `is wrong: ${policy.text}`;
}
