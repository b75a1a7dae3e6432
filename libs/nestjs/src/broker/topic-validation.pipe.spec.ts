import 'reflect-metadata';
import { type ArgumentMetadata, type PipeTransform, ValidationPipe } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import type { ValidationError } from 'class-validator';
import * as fc from 'fast-check';
import { decoratedClasses, objectTexts } from '../../fixtures/decorated-classes';
import { complaintsOf } from '../validation/complaints';
import { TopicValidationPipe } from './topic-validation.pipe';

const exceptionFactory = (errors: ValidationError[]): RpcException => {
  const message = complaintsOf(errors)
    .map(({ sentence }) => sentence)
    .join('; ');
  return new RpcException({ code: 'VALIDATION_FAILED', message });
};

it('gives and refuses what Nest’s own pipe does', async () => {
  const nest = new ValidationPipe({ transform: true, exceptionFactory });
  const pipe = new TopicValidationPipe();
  const outcomes = new Set<unknown>();
  const property = fc.asyncProperty(decoratedClasses, objectTexts, async (metatype, text) => {
    const metadata: ArgumentMetadata = { type: 'body', metatype };
    const expected = await outcomeOf(nest, text, metadata);
    expect(await outcomeOf(pipe, text, metadata)).toStrictEqual(expected);
    outcomes.add(expected instanceof metatype);
  });
  await fc.assert(property, { numRuns: 1500 });
  expect(outcomes).toEqual(new Set([true, false]));
});

async function outcomeOf(pipe: PipeTransform, text: string, metadata: ArgumentMetadata): Promise<unknown> {
  try {
    return (await pipe.transform(JSON.parse(text), metadata)) as unknown;
  } catch (error) {
    return error instanceof RpcException ? error.getError() : (error as Error).message;
  }
}
