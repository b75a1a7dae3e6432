import type { PublishManyOptions, PublishOptions, RequestOptions } from '@pochta/client';
import type { Observable } from 'rxjs';
import type { TopicDefinition } from '../topics/topic-definition';

/** What publishes for it: a `PochtaClientProxy`. */
interface Publishing {
  publish<T>(topic: TopicDefinition<T>, payload: NoInfer<T>, options?: PublishOptions): Promise<void>;
  publishMany<T>(
    topic: TopicDefinition<T>,
    payloads: readonly NoInfer<T>[],
    options?: PublishManyOptions,
  ): Promise<void>;
  request<T, R>(topic: TopicDefinition<T, R>, payload: NoInfer<T>, options?: RequestOptions): Promise<R>;
  requestMany<T, R>(
    topic: TopicDefinition<T, R>,
    payload: NoInfer<T>,
    options?: RequestOptions,
  ): Observable<R>;
}

/** Publishes to one topic, with its type: see `PochtaModule.forFeature` and `@InjectTopic`. */
export class TopicPublisher<T, R = unknown> {
  constructor(
    private readonly proxy: Publishing,
    readonly topic: TopicDefinition<T, R>,
  ) {}

  /** As `PochtaClientProxy.publish`. */
  publish(payload: T, options?: PublishOptions): Promise<void> {
    return this.proxy.publish<T>(this.topic, payload, options);
  }

  /** As `PochtaClientProxy.publishMany`. */
  publishMany(payloads: readonly T[], options?: PublishManyOptions): Promise<void> {
    return this.proxy.publishMany<T>(this.topic, payloads, options);
  }

  /** As `PochtaClientProxy.request`. */
  request(payload: T, options?: RequestOptions): Promise<R> {
    return this.proxy.request<T, R>(this.topic, payload, options);
  }

  /** As `PochtaClientProxy.requestMany`. */
  requestMany(payload: T, options?: RequestOptions): Observable<R> {
    return this.proxy.requestMany<T, R>(this.topic, payload, options);
  }
}
